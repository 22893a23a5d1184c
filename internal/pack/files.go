package pack

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// maxFiles and maxBytes bound a pack's folder, fixtures included.
const (
	maxFiles = 20_000
	maxBytes = 64 << 20
)

// read copies a folder into a zip, files in order of name.
func read(fsys fs.FS) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	count, size := 0, 0
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		// Stat follows links: a mounted folder may hold links only.
		if info, err := fs.Stat(fsys, name); err != nil {
			return err
		} else if !info.Mode().IsRegular() || info.Size() > maxBytes {
			return fmt.Errorf("%s is no plain file of a pack", name)
		}
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		count, size = count+1, size+len(raw)
		if count > maxFiles || size > maxBytes {
			return fmt.Errorf("the folder holds more than %d files or %d bytes", maxFiles, maxBytes)
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			return err
		}
		_, err = w.Write(raw)
		return err
	})
	if err := errors.Join(err, z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// open serves a folder out of its zip.
func open(archive []byte) (fs.FS, error) {
	return zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
}

// digest is the pack's version: over every file but fixtures and texts for people.
func digest(fsys fs.FS) (string, error) {
	var names []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, "fixtures/") && !strings.HasSuffix(name, ".md") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		raw, err := fs.ReadFile(fsys, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s\x00%d\x00", name, len(raw))
		h.Write(raw)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
