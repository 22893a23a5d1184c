package material

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Each yields every whole material with its size, in no order, until yield returns false.
func (s *Store) Each(yield func(digest string, size int64) bool) error {
	return s.files(func(name string, i os.FileInfo) bool {
		return !Valid(name) || yield(name, i.Size())
	})
}

// Sweep removes what nobody names and nobody touched for KeepUnnamed, whole or
// not, and tells how many whole ones went. named is asked once for each that is
// old enough; its error ends the sweep with nothing of that material removed.
func (s *Store) Sweep(ctx context.Context, named func(digest string) (bool, error)) (removed int, err error) {
	old := s.o.Now().Add(-KeepUnnamed)
	var list []string
	err = s.files(func(name string, i os.FileInfo) bool {
		if i.ModTime().Before(old) {
			list = append(list, name)
		}
		return ctx.Err() == nil
	})
	if err != nil {
		return 0, err
	}
	for _, name := range list {
		if ctx.Err() != nil {
			return removed, nil
		}
		digest := name[:min(64, len(name))]
		if !Valid(digest) {
			continue
		}
		if Valid(name) {
			kept, err := named(name)
			if err != nil {
				return removed, fmt.Errorf("who names a material: %w", err)
			}
			if kept {
				continue
			}
		} else if _, whole := s.Size(digest); whole && filepath.Ext(name) == bySuffix {
			continue // goes with its content
		}
		if s.remove(name, old) && Valid(name) {
			removed++
		}
	}
	return removed, nil
}

// remove removes a file that is still old and nobody writes; with content, who put it.
func (s *Store) remove(name string, old time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(s.folder(name), name)
	i, err := os.Stat(path)
	if err != nil || !i.ModTime().Before(old) || s.uploads[path] != nil {
		return false
	}
	if os.Remove(path) != nil {
		return false // the next sweep tries again
	}
	if Valid(name) {
		by, _ := filepath.Glob(path + ".*" + bySuffix) // the pattern is ours
		for _, b := range by {
			_ = os.Remove(b) // else it goes by itself once it is old
		}
	}
	return true
}

// files yields every file of the store, until yield returns false.
func (s *Store) files(yield func(name string, i os.FileInfo) bool) error {
	folders, err := os.ReadDir(s.o.Dir)
	if err != nil {
		return fmt.Errorf("list materials: %w", bare(err))
	}
	for _, d := range folders {
		if len(d.Name()) != 2 || !d.IsDir() || d.Name() == "in" {
			continue
		}
		f, err := os.Open(filepath.Join(s.o.Dir, d.Name()))
		if err != nil {
			return fmt.Errorf("list materials: %w", bare(err))
		}
		all, err := f.ReadDir(-1)
		if err = errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("list materials: %w", bare(err))
		}
		for _, e := range all {
			i, err := e.Info()
			if err != nil {
				continue // gone meanwhile
			}
			if !yield(e.Name(), i) {
				return nil
			}
		}
	}
	return nil
}
