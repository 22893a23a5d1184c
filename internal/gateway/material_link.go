package gateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"duijie/adapter"
	"duijie/internal/material"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// linkLife is how long a link to a material is good.
const linkLife = 24 * time.Hour

// linkMeta is where the key that signs links is kept.
const linkMeta = "gateway/link-key"

// linkKey signs links to materials. It is made once and kept in the store, so that
// links outlive a restart.
type linkKey struct {
	mu  sync.Mutex // guards key
	key []byte
}

func (g *Gateway) linkKey() []byte {
	g.links.mu.Lock()
	defer g.links.mu.Unlock()
	if g.links.key == nil {
		g.links.key = g.store.Meta(linkMeta)
	}
	if len(g.links.key) == 0 {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		if err := g.store.SetMeta(context.Background(), linkMeta, key); err != nil {
			g.log.Error("keep the key of links", "error", err) // they end with this process
		}
		g.links.key = key
	}
	return g.links.key
}

func (g *Gateway) signLink(unit, digest, exp string) string {
	h := hmac.New(sha256.New, g.linkKey())
	for _, part := range []string{unit, digest, exp} {
		h.Write([]byte(part + "\n"))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// link gives each material its link, good for the unit and for a day.
func (g *Gateway) link(ms []adapter.Material, unit string) {
	exp := strconv.FormatInt(g.now().Add(linkLife).Unix(), 10)
	for i := range ms {
		ms[i].Link = g.o.PublicPath + "/local/" + url.PathEscape(unit) + "/materials/" + ms[i].SHA256 + "?exp=" + exp + "&sig=" + g.signLink(unit, ms[i].SHA256, exp)
	}
}

// linked puts each material's link in the place of its digest, wherever the
// document has the digest as a whole value. It happens before the document is
// frozen, so that a repeat is the same byte for byte.
func linked(document []byte, u *UnitSpec, e end, ms []adapter.Material) []byte {
	if e.materials != "link" || u.Pack == nil {
		return document
	}
	for _, m := range ms {
		link := m.Link
		switch u.Pack.SinkCodec.Format {
		case "xml":
			link = strings.ReplaceAll(link, "&", "&amp;")
		case "form":
			link = url.QueryEscape(link)
		}
		document = replaceWhole(document, []byte(m.SHA256), []byte(link))
	}
	return document
}

// replaceWhole replaces what stands alone: not inside a longer word, nor in a link.
func replaceWhole(document, old, new []byte) []byte {
	var out []byte
	for {
		i := bytes.Index(document, old)
		if i < 0 {
			return append(out, document...)
		}
		end := i + len(old)
		alone := (i == 0 || !wordly(document[i-1])) && (end == len(document) || !wordly(document[end]))
		out = append(out, document[:i]...)
		if alone {
			out = append(out, new...)
		} else {
			out = append(out, old...)
		}
		document = document[end:]
	}
}

func wordly(b byte) bool {
	return b >= 0x80 || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || b == '/' || b == '?' || b == '%'
}

// serveLink answers GET /local/{unit}/materials/{sha256}?exp=&sig=.
func (g *Gateway) serveLink(w http.ResponseWriter, r *http.Request, u *UnitSpec, digest string) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return &problem.Problem{Code: "method"}
	}
	if !fromAllowed(u.From, r.RemoteAddr) {
		return &problem.Problem{Code: "unit-forbidden", Detail: "this address may not call for the unit"}
	}
	q := r.URL.Query()
	exp, sig := q.Get("exp"), q.Get("sig")
	seconds, err := strconv.ParseInt(exp, 10, 64)
	if err != nil || !hmac.Equal([]byte(sig), []byte(g.signLink(u.Code, digest, exp))) || !g.now().Before(time.Unix(seconds, 0)) && !g.onItsWay(u.Code, digest) {
		return &problem.Problem{Code: "signature", Detail: "the link is not ours, or no longer good"}
	}
	if g.o.Materials == nil {
		return &problem.Problem{Code: "not-found"}
	}
	content, err := g.openMaterial(digest)
	if err != nil {
		return err
	}
	defer content.Close()
	ServeMaterial(w, r, digest, content)
	return nil
}

// onItsWay tells that a message of the unit that names the material is open and
// frozen: it may go again as it was, with its link of days ago.
func (g *Gateway) onItsWay(unit, digest string) (open bool) {
	err := g.store.Naming(digest, func(d queue.Delivery) bool {
		open = d.Unit == unit && d.Direction == queue.ToLocal && d.Unknown && !d.State.Final()
		return !open
	})
	if err != nil {
		g.log.Error("who names a material", "error", err)
	}
	return open
}

// ServeMaterial answers with a material's content, or the range asked for. No
// browser takes it for anything but a file to save.
func ServeMaterial(w http.ResponseWriter, r *http.Request, digest string, content *material.Reader) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", `attachment; filename="`+digest+`"`)
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+digest+`"`)
	// A slow reader gets the time that the content takes at the slowest pace granted.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute + 4*adapter.TimeFor(content.Size))) // else the listener's own holds
	http.ServeContent(w, r, "", time.Time{}, content)
}
