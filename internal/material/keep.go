package material

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Kept is a material that came without a digest announced.
type Kept struct {
	Digest string
	Size   int64 // bytes
	// Head is how it begins, for telling what it is.
	Head []byte
}

// headBytes is what content is told by.
const headBytes = 512

// Keep stores content whose digest nobody announced: whole and synced when it returns.
func (s *Store) Keep(ctx context.Context, owner string, r io.Reader) (Kept, error) {
	limit := s.o.MaxBytes
	if limit <= 0 {
		limit = math.MaxInt64 - 1
	}
	path := filepath.Join(s.o.Dir, "in", rand.Text()[:16]+tmpSuffix)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Kept{}, full(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Kept{}, full(err)
	}
	defer os.Remove(path) // gone where it was renamed
	h := sha256.New()
	head := &beginning{}
	n, err := io.CopyBuffer(io.MultiWriter(f, h, head), struct{ io.Reader }{&passing{bounded{ctx, r, limit + 1}}}, make([]byte, chunk))
	switch {
	case err == nil && n > limit:
		err = ErrTooLarge
	case err == nil:
		err = full(f.Sync())
	case !errors.Is(err, errSource):
		err = full(err)
	}
	if err = errors.Join(err, full(f.Close())); err != nil {
		return Kept{}, err
	}
	k := Kept{hex.EncodeToString(h.Sum(nil)), n, head.b}
	if err := s.makeFolder(k.Digest); err != nil {
		return Kept{}, full(err)
	}
	if err := s.finish(path, Part{Digest: k.Digest, Owner: owner}); err != nil {
		return Kept{}, err
	}
	return k, nil
}

// errSource marks what the content's own reader said.
var errSource = errors.New("read the content")

// passing hands the reader's own error on: it says what is wrong with the content.
type passing struct{ bounded }

func (p *passing) Read(b []byte) (int, error) {
	if p.n <= 0 {
		return 0, io.EOF
	}
	if p.ctx.Err() != nil {
		return 0, errors.Join(errSource, context.Cause(p.ctx))
	}
	n, err := p.r.Read(b[:min(int64(len(b)), p.n)])
	p.n -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = errors.Join(errSource, err)
	}
	return n, err
}

// beginning keeps the first bytes written.
type beginning struct{ b []byte }

func (k *beginning) Write(p []byte) (int, error) {
	if room := headBytes - len(k.b); room > 0 {
		k.b = append(k.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
