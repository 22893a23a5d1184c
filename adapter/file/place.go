package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"duijie/adapter"
)

// place is a tree of folders. Paths are relative to its root, with slashes. An
// operation that its context ends comes back at once; whether it was done is open.
type place interface {
	list(ctx context.Context, dir string) ([]entry, error)
	// stat does not follow a link.
	stat(ctx context.Context, path string) (entry, error)
	// read gives at most limit bytes of a file that is no link.
	read(ctx context.Context, path string, limit int64) ([]byte, error)
	// open gives a file that is no link and at most limit bytes long, to be read at
	// any place; of one elsewhere it is a copy.
	open(ctx context.Context, path string, limit int64) (*opened, error)
	// create writes a new file and syncs it; what stood under the path is gone.
	create(ctx context.Context, path string, write content) error
	// rename is atomic and replaces what stood there.
	rename(ctx context.Context, from, to string) error
	remove(ctx context.Context, path string) error
	// make makes a folder and those above it where they are missing, but never the root.
	make(ctx context.Context, dir string) error
	// sync makes a folder's names durable, where that can be asked for.
	sync(ctx context.Context, dir string) error
	// said tells whether an error is the place's own word that nothing was done.
	said(err error) bool
	close() error
}

// content writes what a file is to hold. It may be called more than once and
// writes the same each time.
type content func(w io.Writer) error

// whole is content that is there already.
func whole(b []byte) content {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// opened is a file open for reading.
type opened struct {
	*os.File
	size int64
}

// entry is one name in a folder.
type entry struct {
	name    string
	size    int64
	changed time.Time
	mode    fs.FileMode // its type bits count
}

func (e entry) link() bool  { return e.mode&fs.ModeSymlink != 0 }
func (e entry) plain() bool { return e.mode.IsRegular() }

// same tells whether a file has not changed between two looks.
func (e entry) same(f entry) bool { return e.size == f.size && e.changed.Equal(f.changed) }

// errTooLarge is a file over the limit.
var errTooLarge = errors.New("file is over the limit")

// exists tells whether a path is there, whatever it is.
func exists(ctx context.Context, p place, path string) (bool, error) {
	_, err := p.stat(ctx, path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// put writes a file under a temporary name, then renames it: whole or not at all.
// about is called just before the rename.
func put(ctx context.Context, p place, dir, name string, write content, about func()) error {
	tmp := join(dir, "."+name+".tmp")
	if err := p.create(ctx, tmp, write); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	about()
	if err := p.rename(ctx, tmp, join(dir, name)); err != nil {
		return err
	}
	return p.sync(ctx, dir)
}

func join(dir, name string) string {
	if dir == "" || dir == "." {
		return name
	}
	return dir + "/" + name
}

// failed turns an error of the place into an outcome. What was tried is named,
// never a path: names may hold what is in the document.
func failed(p place, what string, err error) error {
	var done *adapter.Failure
	if errors.As(err, &done) {
		return fmt.Errorf("%s: %w", what, err)
	}
	why := fmt.Errorf("%s: %w", what, plain(err))
	switch {
	case errors.Is(err, fs.ErrPermission):
		return adapter.Trouble("folder-denied", why)
	case errors.Is(err, fs.ErrNotExist):
		return adapter.Trouble("no-such-folder", why)
	case p.said(err):
		return &adapter.Failure{Outcome: adapter.Transient, Code: "status", Err: why}
	}
	return why
}

// plain is an error without the path or the peer's words in it.
func plain(err error) error {
	var number syscall.Errno
	for _, known := range []error{context.DeadlineExceeded, context.Canceled, fs.ErrNotExist, fs.ErrPermission, fs.ErrExist, errTooLarge} {
		if errors.Is(err, known) {
			return known
		}
	}
	if errors.As(err, &number) {
		return number
	}
	return errors.New("the folder cannot be used")
}
