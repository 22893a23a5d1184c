package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"duijie/adapter"
)

// Snapshot keeps a pack that compiled in dir, in the place of the one kept
// before: the last good one, for a start at which the folder no longer compiles.
// After an error, and after a crash, the one before is still whole.
func (p *Pack) Snapshot(dir string) error {
	path := kept(dir, p.Name)
	if old, err := os.ReadFile(path); err == nil && string(old) == string(p.archive) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep pack %s: %w", p.Name, err)
	}
	if err := write(path, p.archive); err != nil {
		return fmt.Errorf("keep pack %s: %w", p.Name, err)
	}
	return nil
}

// write puts a file in place by rename, durable when it returns nil.
func write(path string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".pack-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(raw)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// LoadSnapshot reads the pack that Snapshot kept under that name. errors.Is
// fs.ErrNotExist where there is none; a kept pack that no longer compiles, as
// the program is another one, is an error too.
func LoadSnapshot(name, dir string, find func(kind string) (adapter.Kind, bool)) (*Pack, error) {
	raw, err := os.ReadFile(kept(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("kept pack %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("kept pack %s: %w", name, err)
	}
	fsys, err := open(raw)
	if err != nil {
		return nil, fmt.Errorf("kept pack %s: %w", name, err)
	}
	p, findings := Load("kept:"+name, fsys, find)
	if p == nil || Failed(findings) {
		return nil, fmt.Errorf("kept pack %s: it no longer compiles", name)
	}
	return p, nil
}

func kept(dir, name string) string { return filepath.Join(dir, name+".zip") }
