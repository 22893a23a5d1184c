// Package initpack writes what `duijie init` gives a newcomer: a configuration
// that `duijie serve` runs at once, fresh secrets, and a copy of a reference
// pack to change.
//
// It promises to write into an empty or new folder only, to put secrets into
// files that nobody else can read, and never to print one. After an error the
// folder may hold some of the files.
package initpack

import (
	"bytes"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"text/template"

	"duijie/internal/sm"
	"duijie/mapping/provinces"
)

// example is the built-in pack that is copied.
const example = "510000"

//go:embed duijie.yaml.tmpl
var configuration string

// ErrNotEmpty is returned for a folder that holds anything already.
var ErrNotEmpty = errors.New("the folder is not empty")

// Init writes the files below dir, which must be empty or absent, and gives
// their names, relative to dir.
func Init(dir string) ([]string, error) {
	if err := empty(dir); err != nil {
		return nil, fmt.Errorf("init %s: %w", dir, err)
	}
	files, err := contents()
	if err != nil {
		return nil, fmt.Errorf("init %s: %w", dir, err)
	}
	var written []string
	for _, f := range files {
		if err := f.write(dir); err != nil {
			return written, fmt.Errorf("init %s: %w", dir, err)
		}
		written = append(written, f.name)
	}
	return written, nil
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return os.MkdirAll(dir, 0o700)
	case err != nil:
		return err
	case len(entries) > 0:
		return ErrNotEmpty
	}
	return nil
}

// file is one file to write.
type file struct {
	name    string // with /
	content []byte
	mode    fs.FileMode
}

func (f file) write(dir string) error {
	to := filepath.Join(dir, filepath.FromSlash(f.name))
	mode := fs.FileMode(0o755)
	if f.mode == 0o600 {
		mode = 0o700
	}
	if err := os.MkdirAll(filepath.Dir(to), mode); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, f.mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.content)
	return errors.Join(err, out.Close())
}

func contents() ([]file, error) {
	token := fresh(32)
	t, err := template.New("duijie.yaml").Parse(configuration)
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := t.Execute(&text, struct{ TokenHash string }{sm.SM3Hex([]byte(token))}); err != nil {
		return nil, err
	}
	files := []file{
		{"duijie.yaml", text.Bytes(), 0o644},
		{".gitignore", []byte("secrets/\ndata/\n"), 0o644},
		{"secrets/admin.token", []byte(token + "\n"), 0o600},
		{"secrets/national.key", []byte(sm.NewSecret() + "\n"), 0o600},
		{"secrets/mohrss.key", []byte(sm.NewSecret() + "\n"), 0o600},
		{"secrets/510000.sign", []byte(fresh(24) + "\n"), 0o600},
	}
	err = fs.WalkDir(provinces.FS(), example, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(provinces.FS(), name)
		files = append(files, file{path.Join("packs", name), raw, 0o644})
		return err
	})
	return files, err
}

// fresh is a random text of n bytes' strength.
func fresh(n int) string {
	raw := make([]byte, n)
	rand.Read(raw) // never fails: the program ends where the system has no randomness
	return base64.RawURLEncoding.EncodeToString(raw)
}
