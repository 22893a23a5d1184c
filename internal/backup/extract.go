package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// ErrIncomplete: the stream ended before its last entry, or its bytes are not
// those that were written.
var ErrIncomplete = errors.New("the backup is incomplete or damaged")

// maxJSON bounds manifest and end; end has a line for each material.
const maxJSON = 1 << 30

// Verify reads a backup to its end. Nil: every byte is what was written.
func Verify(r io.Reader) (Manifest, error) {
	return read(r, func(_ string, in io.Reader) (string, error) {
		sum := sha256.New()
		_, err := io.Copy(sum, in)
		return hexOf(sum), err
	})
}

// Extract writes a backup's files below dir, which must exist, and syncs them.
// Nil: every byte is what was written. After an error dir holds rubbish.
func Extract(r io.Reader, dir string) (Manifest, error) {
	m, err := read(r, func(name string, in io.Reader) (string, error) {
		return extractFile(in, filepath.Join(dir, filepath.FromSlash(name)))
	})
	if err != nil {
		return m, err
	}
	return m, syncFolders(dir)
}

// read walks a backup; take gives the digest of what it took.
func read(r io.Reader, take func(name string, in io.Reader) (digest string, err error)) (Manifest, error) {
	var m Manifest
	found := map[string]string{}
	in := tar.NewReader(r)
	for {
		h, err := in.Next()
		if err != nil { // also a clean end: then end.json is missing
			return m, fmt.Errorf("read backup: %w", errors.Join(ErrIncomplete, err))
		}
		name := h.Name
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(name) || strings.Contains(name, `\`) {
			return m, fmt.Errorf("entry of a kind that no backup has: %w", ErrIncomplete)
		}
		switch name {
		case manifestName:
			found[name], err = readJSON(in, &m)
			if err == nil && m.Format != 1 {
				return m, fmt.Errorf("backup of format %d: a newer program wrote it", m.Format)
			}
		case endName:
			var e end
			if _, err := readJSON(in, &e); err != nil {
				return m, fmt.Errorf("%s: %w", name, errors.Join(ErrIncomplete, err))
			}
			if !maps.Equal(e.Files, found) || found[StoreName] == "" || m.Format == 0 {
				return m, ErrIncomplete
			}
			return m, nil
		default:
			found[name], err = take(name, in)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.Join(ErrIncomplete, err)
			}
		}
		if err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
	}
}

func readJSON(r io.Reader, v any) (digest string, err error) {
	b, err := io.ReadAll(io.LimitReader(r, maxJSON))
	if err != nil {
		return "", errors.Join(ErrIncomplete, err)
	}
	sum := sha256.New()
	sum.Write(b)
	return hexOf(sum), json.Unmarshal(b, v)
}

func extractFile(r io.Reader, file string) (digest string, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(io.MultiWriter(f, sum), r)
	if err == nil {
		err = f.Sync()
	}
	return hexOf(sum), errors.Join(err, f.Close())
}

// syncFolders makes the files' entries durable.
func syncFolders(dir string) error {
	return filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		f, err := os.Open(p)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return fmt.Errorf("sync %s: %w", p, err)
		}
		return nil
	})
}
