// Package material keeps attachments (附件) by the SHA-256 of their content, in
// files below the data folder.
//
// It promises: a material is there under its digest only whole, with its digest
// checked and its bytes and name synced, before Put or Keep says so; content is
// streamed and never held in memory; what arrived before a connection broke stands
// and is gone on with; a stranger's half of an upload is never mixed with another's.
// After an error nothing is there that was not before, but for what Held tells.
// After kill -9 the same holds: what was being written is a part, and what was
// renamed is whole.
//
// It knows nothing of messages: who names a material is asked of the caller of
// Sweep. It never reads what it keeps for anything but the digest.
package material

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// KeepUnnamed is how long a material stays that no message names.
const KeepUnnamed = 7 * 24 * time.Hour

// The store's errors.
var (
	ErrNotFound = errors.New("no such material")
	ErrDigest   = errors.New("the content's digest is another")
	ErrTooLarge = errors.New("material over the limit")
	ErrCut      = errors.New("the content ended early")             // what arrived is kept, see Held
	ErrFull     = errors.New("no space for the material")           // what arrived is dropped
	ErrTaken    = errors.New("another upload goes on in its place") // of the same material by the same owner
)

// Options are the store's surroundings.
type Options struct {
	Dir string
	// MaxBytes bounds one material; 0: no bound.
	MaxBytes int64
	Now      func() time.Time         // nil: time.Now
	Fault    func(point string) error // before-rename, after-rename; nil: none
}

// Store keeps materials. Its methods may be called by many goroutines at once.
type Store struct {
	o  Options
	mu sync.Mutex // guards uploads, and a look at a file with its removal
	// uploads are the parts that somebody writes, by path.
	uploads map[string]*upload
}

// Open makes the folder where it is missing, and drops what nobody can go on with.
func Open(o Options) (*Store, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Fault == nil {
		o.Fault = func(string) error { return nil }
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("materials folder: %w", err)
	}
	s := &Store{o: o, uploads: map[string]*upload{}}
	left, err := filepath.Glob(filepath.Join(o.Dir, "*", "*"+tmpSuffix))
	if err != nil {
		return nil, fmt.Errorf("materials folder: %w", err)
	}
	for _, path := range left {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("drop an upload left behind: %w", bare(err))
		}
	}
	return s, nil
}

// Valid tells whether a text is a SHA-256 as the profile writes it: 64 lower-case hex digits.
func Valid(digest string) bool {
	return len(digest) == 64 && strings.Trim(digest, "0123456789abcdef") == ""
}

// Reader is the content of a whole material.
type Reader struct {
	io.ReadSeekCloser
	Size int64 // bytes
}

// Open gives the content; ErrNotFound where it is not there whole.
func (s *Store) Open(digest string) (*Reader, error) {
	if !Valid(digest) {
		return nil, ErrNotFound
	}
	f, err := os.Open(s.path(digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("open material: %w", bare(err))
	}
	i, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open material: %w", bare(err)), f.Close())
	}
	return &Reader{f, i.Size()}, nil
}

// Size is that of a whole material; false: it is not there.
func (s *Store) Size(digest string) (int64, bool) {
	if !Valid(digest) {
		return 0, false
	}
	i, err := os.Stat(s.path(digest))
	if err != nil {
		return 0, false
	}
	return i.Size(), true
}

// Held is how many bytes of an owner's unfinished upload are there, from the first on.
func (s *Store) Held(digest, owner string) int64 {
	if !Valid(digest) {
		return 0
	}
	i, err := os.Stat(s.partPath(digest, owner))
	if err != nil {
		return 0
	}
	return i.Size()
}

// PutBy tells whether an owner put this material, whole.
func (s *Store) PutBy(digest, owner string) bool {
	if _, whole := s.Size(digest); !whole {
		return false
	}
	_, err := os.Stat(s.byPath(digest, owner))
	return err == nil
}

// A material's files: the content, by whom it was put, and uploads that go on.
const (
	bySuffix   = ".by"
	partSuffix = ".part"
	tmpSuffix  = ".tmp" // an upload that cannot be gone on with
)

func (s *Store) folder(digest string) string { return filepath.Join(s.o.Dir, digest[:2]) }
func (s *Store) path(digest string) string   { return filepath.Join(s.folder(digest), digest) }
func (s *Store) byPath(digest, owner string) string {
	return s.path(digest) + "." + ownerName(owner) + bySuffix
}
func (s *Store) partPath(digest, owner string) string {
	return s.path(digest) + "." + ownerName(owner) + partSuffix
}

func ownerName(owner string) string {
	sum := hashOf([]byte(owner))
	return hex.EncodeToString(sum[:8])
}

// bare is a file's error without its path.
func bare(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	var l *os.LinkError
	if errors.As(err, &l) {
		return l.Err
	}
	return err
}
