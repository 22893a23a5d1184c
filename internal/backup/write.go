// Package backup is the form of a backup (备份) and of what comes out of it again:
// one tar stream with a consistent copy of the store, the audit log, the
// materials, and the digest of the configuration, but no keys.
//
// The stream begins with manifest.json and ends with end.json, which lists the
// digest of every file: a stream that broke off, or whose bytes changed, is not
// taken for a backup. Extract writes below a folder of the caller's and syncs; it
// never writes outside it.
package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"
)

// The names inside a backup.
const (
	manifestName = "manifest.json"
	endName      = "end.json"
	// StoreName and AuditName are also their names in the data folder.
	StoreName = "duijie.db"
	AuditName = "audit.log"
)

// Manifest says what a backup is of.
type Manifest struct {
	Format  int       `json:"format"` // 1
	Program string    `json:"program"`
	At      time.Time `json:"at"` // when it was begun: what was accepted later is not in it
	// Configuration is the hex SM3 of duijie.yaml, so that a restore can say that it changed.
	Configuration string `json:"configuration"`
}

// Source is what is backed up.
type Source struct {
	Manifest Manifest
	// Store gives a consistent copy: its size, and a way to write exactly so many bytes.
	Store func(take func(size int64, write func(io.Writer) error) error) error
	// Dir is the data folder. Of what lies in it only the audit log and Folders are
	// taken; what is not there is left out.
	Dir string
}

// Folders are the folders of the data folder that a backup takes: materials, and
// the last packs that compiled.
var Folders = []string{"materials", "packs"}

// end is the last entry: the hex SHA-256 of every file.
type end struct {
	Files map[string]string `json:"files"`
}

type writer struct {
	tar   *tar.Writer
	files map[string]string
	at    time.Time
}

// Write streams a backup. The error may come after most of it was written: a
// reader knows a whole one by its last entry.
func Write(w io.Writer, s Source) error {
	out := &writer{tar: tar.NewWriter(w), files: map[string]string{}, at: s.Manifest.At}
	s.Manifest.Format = 1
	if err := out.json(manifestName, s.Manifest); err != nil {
		return err
	}
	err := s.Store(func(size int64, write func(io.Writer) error) error {
		return out.entry(StoreName, size, write)
	})
	if err != nil {
		return fmt.Errorf("back up the store: %w", err)
	}
	// After the store: the audit log's entries come before the acts that they speak of.
	if err := out.file(AuditName, filepath.Join(s.Dir, AuditName)); err != nil {
		return fmt.Errorf("back up the audit log: %w", err)
	}
	for _, name := range Folders {
		if err := out.folder(name, filepath.Join(s.Dir, name)); err != nil {
			return fmt.Errorf("back up %s: %w", name, err)
		}
	}
	if err := out.json(endName, end{out.files}); err != nil {
		return err
	}
	return out.tar.Close()
}

func (w *writer) json(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.entry(name, int64(len(b)), func(out io.Writer) error {
		_, err := out.Write(b)
		return err
	})
}

func (w *writer) entry(name string, size int64, write func(io.Writer) error) error {
	h := tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at.Truncate(time.Second)}
	if err := w.tar.WriteHeader(&h); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.New()
	if err := write(io.MultiWriter(w.tar, sum)); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	w.files[name] = hexOf(sum)
	return nil
}

// file writes a file as long as it is now; what is appended meanwhile is left out.
func (w *writer) file(name, file string) error {
	f, err := os.Open(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return w.entry(name, info.Size(), func(out io.Writer) error {
		_, err := io.CopyN(out, f, info.Size())
		return err
	})
}

// folder writes what lies in a folder; a file that goes away meanwhile was not needed.
func (w *writer) folder(name, folder string) error {
	return filepath.WalkDir(folder, func(p string, d fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		inside, err := filepath.Rel(folder, p)
		if err != nil {
			return err
		}
		return w.file(path.Join(name, filepath.ToSlash(inside)), p)
	})
}

func hexOf(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
