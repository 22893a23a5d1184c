package material

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// Part is one request's worth of a material: Length bytes of Total, from From on.
type Part struct {
	Digest string
	// Owner is who puts it, as the caller tells them apart.
	Owner  string
	From   int64
	Length int64
	Total  int64
}

func (p Part) all() bool { return p.From == 0 && p.Length == p.Total }

// Taken is what there is after a Put.
type Taken struct {
	// Whole: it is there, synced. Was: it was there before.
	Whole, Was bool
	// Bytes is what is held of it, from the first on.
	Bytes int64
}

// upload is a part that somebody writes. A later request for a part takes its
// place: the earlier one's connection is dead, only nobody told us yet.
type upload struct {
	mu   sync.Mutex // guards turn, and a write against the next turn
	turn int
}

// chunk is read and written at once.
const chunk = 256 << 10

// Put takes a material or a part of it from r. What begins behind what is held is
// not read: Taken says what is. A material that is there already is still read
// and checked, so that nobody sees by its digest alone what others put.
func (s *Store) Put(ctx context.Context, p Part, r io.Reader) (Taken, error) {
	switch {
	case !Valid(p.Digest):
		return Taken{}, ErrNotFound
	case s.o.MaxBytes > 0 && p.Total > s.o.MaxBytes:
		return Taken{}, ErrTooLarge
	}
	size, was := s.Size(p.Digest)
	switch {
	case was && !p.all() && s.PutBy(p.Digest, p.Owner):
		return Taken{true, true, size}, s.renew(p.Digest)
	case was && p.all():
		return s.check(ctx, p, r)
	}
	t, err := s.write(ctx, p, r)
	t.Was = was
	return t, err
}

// check reads content that is there already.
func (s *Store) check(ctx context.Context, p Part, r io.Reader) (Taken, error) {
	h := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, &bounded{ctx, r, p.Length}, make([]byte, chunk))
	switch {
	case err != nil:
		return Taken{}, err
	case n < p.Length:
		return Taken{}, ErrCut
	case !matches(h, p.Digest):
		return Taken{}, ErrDigest
	}
	if err := s.owned(p.Digest, p.Owner); err != nil {
		return Taken{}, err
	}
	if err := syncFolder(s.folder(p.Digest)); err != nil {
		return Taken{}, full(err)
	}
	return Taken{true, true, n}, s.renew(p.Digest)
}

// renew starts the days anew that a material stays unnamed.
func (s *Store) renew(digest string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.o.Now()
	if err := os.Chtimes(s.path(digest), now, now); err != nil {
		return fmt.Errorf("renew material: %w", bare(err))
	}
	return nil
}

// write streams into the owner's part, and finishes it where it is whole.
func (s *Store) write(ctx context.Context, p Part, r io.Reader) (Taken, error) {
	if err := s.makeFolder(p.Digest); err != nil {
		return Taken{}, full(err)
	}
	path := s.partPath(p.Digest, p.Owner)
	u, turn := s.begin(path, p.all())
	if u == nil { // somebody writes it: a whole one goes its own way
		path = s.path(p.Digest) + "." + ownerName(p.Owner) + "." + rand.Text()[:8] + tmpSuffix
		u, turn = s.begin(path, true)
	}
	defer s.end(path, u, turn)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return Taken{}, full(err)
	}
	held, h, err := receive(ctx, f, p, r, u, turn)
	if err == nil || errors.Is(err, ErrCut) {
		if unsynced := f.Sync(); unsynced != nil {
			// What the disk has of it nobody knows, and a second sync would not tell: it is dropped.
			return Taken{}, errors.Join(full(unsynced), f.Close(), os.Remove(path))
		}
	}
	if closed := f.Close(); err == nil {
		err = full(closed)
	}
	switch {
	case errors.Is(err, ErrFull), err != nil && filepath.Ext(path) == tmpSuffix:
		return Taken{}, errors.Join(err, os.Remove(path))
	case err != nil || held < p.Total:
		return Taken{Bytes: held}, err
	}
	if h == nil {
		if h, err = hashFile(path); err != nil {
			return Taken{Bytes: held}, err
		}
	}
	if !matches(h, p.Digest) {
		return Taken{}, errors.Join(ErrDigest, os.Remove(path))
	}
	return Taken{Whole: true, Bytes: p.Total}, s.finish(path, p)
}

// receive writes r at p.From. The hash is of the whole content, nil where this
// request brought only part of it.
func receive(ctx context.Context, f *os.File, p Part, r io.Reader, u *upload, turn int) (held int64, h hash.Hash, err error) {
	i, err := f.Stat()
	if err != nil {
		return 0, nil, full(err)
	}
	if held = i.Size(); p.From > held {
		return held, nil, nil
	}
	if p.all() {
		h = sha256.New()
	}
	at, b := p.From, make([]byte, min(chunk, max(p.Length, 512)))
	for body := (&bounded{ctx, r, p.Length}); ; {
		n, err := body.Read(b)
		if n > 0 {
			if err := u.write(f, b[:n], at, turn); err != nil {
				return held, nil, err
			}
			if h != nil {
				h.Write(b[:n])
			}
			at += int64(n)
			held = max(held, at)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return held, nil, err
		}
	}
	if at < p.From+p.Length {
		return held, nil, ErrCut
	}
	if held > p.Total { // what was held before was longer: it was something else
		if err := f.Truncate(p.Total); err != nil {
			return held, nil, full(err)
		}
		held = p.Total
	}
	return held, h, nil
}

// write writes while the turn is still this upload's.
func (u *upload) write(f *os.File, b []byte, at int64, turn int) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.turn != turn {
		return ErrTaken
	}
	_, err := f.WriteAt(b, at)
	return full(err)
}

// begin takes the turn at a part; alone: only where nobody writes it, else nil.
func (s *Store) begin(path string, alone bool) (*upload, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[path]
	if u == nil {
		u = &upload{}
		s.uploads[path] = u
	} else if alone {
		return nil, 0
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.turn++
	return u, u.turn
}

func (s *Store) end(path string, u *upload, turn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.mu.Lock(); u.turn == turn {
		delete(s.uploads, path)
	}
	u.mu.Unlock()
}

// finish gives checked content its name, durably.
func (s *Store) finish(path string, p Part) error {
	if err := s.owned(p.Digest, p.Owner); err != nil {
		return err
	}
	if err := s.o.Fault("before-rename"); err != nil {
		return err
	}
	now := s.o.Now()
	err := os.Chtimes(path, now, now)
	if err == nil {
		err = os.Rename(path, s.path(p.Digest))
	}
	if err == nil {
		err = syncFolder(s.folder(p.Digest))
	}
	if err != nil {
		return full(err)
	}
	return s.o.Fault("after-rename")
}

// owned notes who put it; it is durable with the next sync of the folder.
func (s *Store) owned(digest, owner string) error {
	f, err := os.OpenFile(s.byPath(digest, owner), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return full(err)
	}
	return full(f.Close())
}

func (s *Store) makeFolder(digest string) error {
	dir := s.folder(digest)
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncFolder(s.o.Dir)
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// bounded reads at most n bytes, until ctx ends; any error of the peer's is a cut.
type bounded struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.n <= 0 {
		return 0, io.EOF
	}
	if b.ctx.Err() != nil {
		return 0, ErrCut
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.n)])
	b.n -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		err = ErrCut
	}
	return n, err
}

func hashOf(b []byte) [32]byte { return sha256.Sum256(b) }

func hashFile(path string) (hash.Hash, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, full(err)
	}
	h := sha256.New()
	_, err = io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, chunk))
	return h, full(errors.Join(err, f.Close()))
}

func matches(h hash.Hash, digest string) bool { return hex.EncodeToString(h.Sum(nil)) == digest }

// full says what a file's error means; nil stays nil.
func full(err error) error {
	if err == nil {
		return nil
	}
	for _, no := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, no) {
			return fmt.Errorf("%w: %w", ErrFull, bare(err))
		}
	}
	return fmt.Errorf("write material: %w", bare(err))
}
