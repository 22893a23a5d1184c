package file

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
)

// local is a folder of this machine. The root is opened anew for each operation,
// so that a share that was mounted again is the one that counts.
type local struct{ root string }

// in runs one operation below the root; no name and no link leads out of it.
func (l local) in(ctx context.Context, do func(r *os.Root) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r, err := os.OpenRoot(l.root)
	if err != nil {
		return err
	}
	return errors.Join(do(r), r.Close())
}

func (l local) list(ctx context.Context, dir string) (out []entry, err error) {
	err = l.in(ctx, func(r *os.Root) error {
		f, err := r.Open(dir)
		if err != nil {
			return err
		}
		defer f.Close()
		names, err := f.Readdirnames(-1)
		if err != nil {
			return err
		}
		for _, name := range names {
			i, err := r.Lstat(join(dir, name))
			if errors.Is(err, fs.ErrNotExist) {
				continue // gone meanwhile
			}
			if err != nil {
				return err
			}
			out = append(out, entryOf(i))
		}
		return nil
	})
	return out, err
}

func entryOf(i fs.FileInfo) entry { return entry{i.Name(), i.Size(), i.ModTime(), i.Mode()} }

func (l local) stat(ctx context.Context, path string) (out entry, err error) {
	err = l.in(ctx, func(r *os.Root) error {
		i, err := r.Lstat(path)
		if err == nil {
			out = entryOf(i)
		}
		return err
	})
	return out, err
}

func (l local) read(ctx context.Context, path string, limit int64) (out []byte, err error) {
	err = l.in(ctx, func(r *os.Root) error {
		f, err := r.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		out, err = limited(f, limit)
		return err
	})
	return out, err
}

// limited reads all there is, but refuses what is over the limit.
func limited(r io.Reader, limit int64) ([]byte, error) {
	out, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(out)) > limit {
		return nil, errTooLarge
	}
	return out, err
}

func (l local) open(ctx context.Context, path string, limit int64) (out *opened, err error) {
	err = l.in(ctx, func(r *os.Root) error {
		if i, err := r.Lstat(path); err == nil && !i.Mode().IsRegular() {
			return fs.ErrInvalid
		}
		f, err := r.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
		if err != nil {
			return err
		}
		i, err := f.Stat()
		if err == nil && !i.Mode().IsRegular() {
			err = fs.ErrInvalid
		}
		if err == nil && i.Size() > limit {
			err = errTooLarge
		}
		if err != nil {
			return errors.Join(err, f.Close())
		}
		out = &opened{f, i.Size()}
		return nil
	})
	return out, err
}

func (l local) create(ctx context.Context, path string, write content) error {
	return l.in(ctx, func(r *os.Root) error {
		if err := r.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f, err := r.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if err != nil {
			return err
		}
		if err = buffered(f, write); err == nil {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
}

// buffered writes content in pieces of a size that disks and wires like.
func buffered(to io.Writer, write content) error {
	b := bufio.NewWriterSize(to, 256<<10)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

func (l local) rename(ctx context.Context, from, to string) error {
	return l.in(ctx, func(r *os.Root) error { return r.Rename(from, to) })
}

func (l local) remove(ctx context.Context, path string) error {
	return l.in(ctx, func(r *os.Root) error { return r.Remove(path) })
}

func (l local) make(ctx context.Context, dir string) error {
	if dir == "." || dir == "" {
		return nil
	}
	return l.in(ctx, func(r *os.Root) error {
		if _, err := r.Stat(dir); err == nil {
			return nil
		}
		if err := r.MkdirAll(dir, 0o750); err != nil {
			return err
		}
		for up := dir; ; { // the names of the new folders are durable too
			i := strings.LastIndexByte(up, '/')
			up = up[:max(i, 0)]
			if err := syncFolder(r, up); err != nil || up == "" {
				return err
			}
		}
	})
}

func syncFolder(r *os.Root, dir string) error {
	if dir == "" {
		dir = "."
	}
	f, err := r.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func (l local) sync(ctx context.Context, dir string) error {
	return l.in(ctx, func(r *os.Root) error { return syncFolder(r, dir) })
}

// said: the kernel's error at a rename says that nothing was done.
func (l local) said(err error) bool {
	var link *os.LinkError
	return errors.As(err, &link)
}

func (l local) close() error { return nil }
