package material_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/internal/material"
)

// rig is a store with a clock of its own.
type rig struct {
	*testing.T
	*material.Store
	dir   string
	now   time.Time
	fault func(point string) error
	max   int64
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, dir: filepath.Join(t.TempDir(), "materials"), now: time.Now()}
	r.reopen()
	return r
}

// reopen plays a restart.
func (r *rig) reopen() {
	r.Helper()
	s, err := material.Open(material.Options{Dir: r.dir, MaxBytes: r.max, Now: func() time.Time { return r.now },
		Fault: func(p string) error {
			if r.fault == nil {
				return nil
			}
			return r.fault(p)
		}})
	if err != nil {
		r.Fatal(err)
	}
	r.Store = s
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// content is bytes that no two calls with other seeds share.
func content(n int, seed uint64) []byte {
	b := make([]byte, n)
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

const owner, other = "urn:a", "urn:b"

// whole is the part that is all of a material.
func whole(b []byte, by string) material.Part {
	return material.Part{Digest: digestOf(b), Owner: by, Length: int64(len(b)), Total: int64(len(b))}
}

// part is b[from:to] of it.
func part(b []byte, by string, from, to int) material.Part {
	return material.Part{Digest: digestOf(b), Owner: by, From: int64(from), Length: int64(to - from), Total: int64(len(b))}
}

func (r *rig) put(p material.Part, body []byte) material.Taken {
	r.Helper()
	t, err := r.Put(context.Background(), p, bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	return t
}

// there holds that content is there whole, byte for byte.
func (r *rig) there(b []byte) {
	r.Helper()
	f, err := r.Open(digestOf(b))
	if err != nil {
		r.Fatal(err)
	}
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, b) || f.Size != int64(len(b)) {
		r.Fatalf("%d bytes of size %d, want %d: %v", len(got), f.Size, len(b), err)
	}
}

// gone holds that it is not.
func (r *rig) gone(b []byte) {
	r.Helper()
	if _, err := r.Open(digestOf(b)); !errors.Is(err, material.ErrNotFound) {
		r.Fatalf("open: %v, want ErrNotFound", err)
	}
}

// files are the names below the store's folder, content and all.
func (r *rig) files() (out []string) {
	r.Helper()
	err := filepath.WalkDir(r.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, strings.TrimPrefix(path, r.dir+"/"))
		}
		return err
	})
	if err != nil {
		r.Fatal(err)
	}
	return out
}

// cutAfter gives n bytes of b, then breaks as a connection does.
type cutAfter struct {
	b []byte
	n int
}

func (c *cutAfter) Read(p []byte) (int, error) {
	if c.n == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p[:min(len(p), c.n)], c.b)
	c.b, c.n = c.b[n:], c.n-n
	return n, nil
}
