package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"duijie/adapter"
)

// remote is a folder tree behind an SFTP server. One connection serves all; one
// that broke is replaced by the next operation.
type remote struct {
	address string // host:port
	root    string
	config  *ssh.ClientConfig

	mu     sync.Mutex // guards client and shut
	client *connected
	shut   bool
}

// connected is one connection; lost is closed once it is of no more use.
type connected struct {
	*sftp.Client
	shell *ssh.Client
	lost  chan struct{}
}

func (c *connected) end() {
	_ = c.shell.Close() // what matters is that it is gone
	<-c.lost
}

var errClosed = errors.New("the adapter is closed")

// dialPatience bounds connecting where the context does not.
const dialPatience = 30 * time.Second

// connection gives the connection, a new one where there is none.
func (r *remote) connection(ctx context.Context) (*connected, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shut {
		return nil, errClosed
	}
	if r.client != nil {
		select {
		case <-r.client.lost:
		default:
			return r.client, nil
		}
	}
	r.client = nil
	c, err := r.dial(ctx)
	if err == nil {
		r.client = c
	}
	return c, err
}

func (r *remote) dial(ctx context.Context) (*connected, error) {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	wire, err := (&net.Dialer{KeepAlive: 30 * time.Second}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { wire.Close() })
	defer stop()
	conn, channels, requests, err := ssh.NewClientConn(wire, r.address, r.config)
	if err != nil {
		wire.Close()
		return nil, greeting(ctx, err)
	}
	shell := ssh.NewClient(conn, channels, requests)
	client, err := sftp.NewClient(shell)
	if err != nil {
		shell.Close()
		return nil, errors.Join(ctx.Err(), err)
	}
	c := &connected{client, shell, make(chan struct{})}
	go func() { // ends with the connection, which close and every failure end
		_ = client.Wait()
		_ = shell.Close()
		close(c.lost)
	}()
	return c, nil
}

// greeting tells the unit's trouble from a connection that merely failed.
func greeting(ctx context.Context, err error) error {
	var refused *ssh.ServerAuthError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errHostKey):
		return adapter.Trouble("host-key", errHostKey)
	case errors.As(err, &refused), isAuth(err):
		return adapter.Trouble("ssh-denied", errors.New("the server refuses the key"))
	}
	return err
}

// with runs one operation. Its context's end cuts the connection, as the
// protocol knows no other way to stop waiting.
func (r *remote) with(ctx context.Context, do func(c *sftp.Client) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := r.connection(ctx)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { c.shell.Close() })
	err = do(c.Client)
	if !stop() && ctx.Err() != nil && err != nil {
		return ctx.Err()
	}
	return err
}

func (r *remote) path(p string) string { return path.Join(r.root, p) }

func (r *remote) list(ctx context.Context, dir string) (out []entry, err error) {
	err = r.with(ctx, func(c *sftp.Client) error {
		all, err := c.ReadDir(r.path(dir))
		for _, i := range all {
			out = append(out, entryOf(i))
		}
		return err
	})
	return out, err
}

func (r *remote) stat(ctx context.Context, p string) (out entry, err error) {
	err = r.with(ctx, func(c *sftp.Client) error {
		i, err := c.Lstat(r.path(p))
		if err == nil {
			out = entryOf(i)
		}
		return err
	})
	return out, err
}

func (r *remote) read(ctx context.Context, p string, limit int64) (out []byte, err error) {
	err = r.with(ctx, func(c *sftp.Client) error {
		i, err := c.Lstat(r.path(p))
		if err != nil {
			return err
		}
		if !i.Mode().IsRegular() {
			return fmt.Errorf("no plain file: %w", fs.ErrInvalid)
		}
		f, err := c.Open(r.path(p))
		if err != nil {
			return err
		}
		defer f.Close()
		out, err = limited(f, limit)
		return err
	})
	return out, err
}

// open copies the file to one without a name on this machine.
func (r *remote) open(ctx context.Context, p string, limit int64) (*opened, error) {
	copied, err := os.CreateTemp("", "duijie-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(copied.Name()); err != nil {
		return nil, errors.Join(err, copied.Close())
	}
	out := &opened{File: copied}
	err = r.with(ctx, func(c *sftp.Client) error {
		i, err := c.Lstat(r.path(p))
		if err != nil {
			return err
		}
		if !i.Mode().IsRegular() {
			return fmt.Errorf("no plain file: %w", fs.ErrInvalid)
		}
		f, err := c.Open(r.path(p))
		if err != nil {
			return err
		}
		defer f.Close()
		if out.size, err = io.Copy(copied, io.LimitReader(f, limit+1)); err == nil && out.size > limit {
			err = errTooLarge
		}
		return err
	})
	if err == nil {
		_, err = copied.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, copied.Close())
	}
	return out, nil
}

func (r *remote) create(ctx context.Context, p string, write content) error {
	return r.with(ctx, func(c *sftp.Client) error {
		if err := c.Remove(r.path(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f, err := c.OpenFile(r.path(p), os.O_WRONLY|os.O_CREATE|os.O_EXCL)
		if err != nil {
			return err
		}
		err = buffered(f, write)
		if _, can := c.HasExtension("fsync@openssh.com"); err == nil && can {
			err = f.Sync()
		}
		return errors.Join(err, f.Close())
	})
}

func (r *remote) rename(ctx context.Context, from, to string) error {
	return r.with(ctx, func(c *sftp.Client) error {
		if _, can := c.HasExtension("posix-rename@openssh.com"); can {
			return c.PosixRename(r.path(from), r.path(to))
		}
		return c.Rename(r.path(from), r.path(to)) // refused where something stands there
	})
}

func (r *remote) remove(ctx context.Context, p string) error {
	return r.with(ctx, func(c *sftp.Client) error { return c.Remove(r.path(p)) })
}

func (r *remote) make(ctx context.Context, dir string) error {
	if dir == "." || dir == "" {
		return nil
	}
	return r.with(ctx, func(c *sftp.Client) error {
		if _, err := c.Stat(r.root); err != nil {
			return err
		}
		return c.MkdirAll(r.path(dir))
	})
}

// sync: the protocol has no way to ask it of a folder.
func (r *remote) sync(context.Context, string) error { return nil }

// said: a status is the server's own word, anything else a broken connection.
func (r *remote) said(err error) bool {
	var status *sftp.StatusError
	return errors.As(err, &status) && !errors.Is(err, sftp.ErrSSHFxConnectionLost) && !errors.Is(err, sftp.ErrSSHFxNoConnection)
}

func (r *remote) close() error {
	r.mu.Lock()
	c := r.client
	r.client, r.shut = nil, true
	r.mu.Unlock()
	if c != nil {
		c.end()
	}
	return nil
}
