package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"duijie/internal/sm"
)

// mostMaterial bounds what the simulated platform takes of one material.
const mostMaterial = 256 << 20

// materials are the attachments (附件) that the platform was sent. It keeps them
// in memory: it is a simulator.
type materials struct {
	mu    sync.Mutex // guards all below
	whole map[string][]byte
	half  map[string][]byte
	asked []string // METHOD digest, as they came
	cut   int      // the next PUT ends after so many bytes; 0: none
}

// MaterialsURL is what a gateway's national.materials must be.
func (n *National) MaterialsURL() string { return n.URL() + "/v1/materials" }

// Material is the content of a material that the platform has whole.
func (n *National) Material(digest string) ([]byte, bool) {
	n.materials.mu.Lock()
	defer n.materials.mu.Unlock()
	b, ok := n.materials.whole[digest]
	return b, ok
}

// AskedForMaterials lists the calls for materials so far, METHOD and digest, in order.
func (n *National) AskedForMaterials() []string {
	n.materials.mu.Lock()
	defer n.materials.mu.Unlock()
	return append([]string(nil), n.materials.asked...)
}

// CutNextMaterial ends the connection of the next PUT after so many bytes, which are kept.
func (n *National) CutNextMaterial(bytes int) {
	n.materials.mu.Lock()
	n.materials.cut = bytes
	n.materials.mu.Unlock()
}

// material answers HEAD, GET and PUT of one material.
func (n *National) material(w http.ResponseWriter, r *http.Request) {
	if n.opts.Gateway.Verify(r.Header, sm.Target(r.Method, r.RequestURI), time.Now()) != nil {
		problem(401, "signature").write(w)
		return
	}
	digest := r.PathValue("digest")
	m := &n.materials
	m.mu.Lock()
	m.asked = append(m.asked, r.Method+" "+digest)
	whole, there := m.whole[digest]
	half := m.half[digest]
	cut := m.cut
	if r.Method == http.MethodPut {
		m.cut = 0
	}
	m.mu.Unlock()
	switch {
	case r.Method == http.MethodPut:
		n.putMaterial(w, r, digest, there, half, cut)
	case there:
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		_, _ = w.Write(whole) // who asked and left needs no answer
	default:
		holds(w.Header(), half)
		problem(404, "not-found").write(w)
	}
}

func (n *National) putMaterial(w http.ResponseWriter, r *http.Request, digest string, there bool, half []byte, cut int) {
	if r.ContentLength < 0 || r.ContentLength > mostMaterial {
		problem(411, "length").write(w)
		return
	}
	from, total := int64(0), r.ContentLength
	if text := r.Header.Get("Content-Range"); text != "" {
		var to int64
		if k, err := fmt.Sscanf(text, "bytes %d-%d/%d", &from, &to, &total); k != 3 || err != nil || to-from+1 != r.ContentLength {
			problem(400, "malformed").write(w)
			return
		}
	}
	if from > int64(len(half)) {
		holds(w.Header(), half)
		w.WriteHeader(http.StatusAccepted)
		return
	}
	body := io.Reader(r.Body)
	if cut > 0 {
		body = io.LimitReader(body, int64(cut))
	}
	b, err := io.ReadAll(body)
	content := append(append([]byte(nil), half[:from]...), b...)
	sum := sha256.Sum256(content)
	fits := hex.EncodeToString(sum[:]) == digest
	m := &n.materials
	m.mu.Lock()
	delete(m.half, digest)
	switch {
	case fits:
		m.whole[digest] = content
	case int64(len(content)) < total:
		m.half[digest] = content
	}
	m.mu.Unlock()
	switch {
	case err != nil || cut > 0:
		panic(http.ErrAbortHandler) // the line is cut
	case fits && there:
		w.WriteHeader(http.StatusOK)
	case fits:
		w.WriteHeader(http.StatusCreated)
	case int64(len(content)) < total:
		holds(w.Header(), content)
		w.WriteHeader(http.StatusAccepted)
	default:
		problem(422, "digest").write(w)
	}
}

// holds says how much of an unfinished upload is there.
func holds(h http.Header, half []byte) {
	if len(half) > 0 {
		h.Set("Range", "bytes=0-"+strconv.Itoa(len(half)-1))
	}
}
