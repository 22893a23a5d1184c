package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// source is a data folder with a store, an audit log and two materials.
func source(t *testing.T) Source {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("materials/ab/one", "first")
	write("materials/cd/two", "second")
	write("audit.log", "{}\n")
	write("something.else", "not taken")
	return Source{
		Manifest: Manifest{Program: "test", At: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC), Configuration: "abc"},
		Store: func(take func(int64, func(io.Writer) error) error) error {
			return take(5, func(w io.Writer) error { _, err := io.WriteString(w, "store"); return err })
		},
		Dir: dir,
	}
}

func written(t *testing.T, s Source) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWhatWentInComesOut(t *testing.T) {
	dir := t.TempDir()
	s := source(t)
	m, err := Extract(bytes.NewReader(written(t, s)), dir)
	if err != nil {
		t.Fatal(err)
	}
	if !m.At.Equal(s.Manifest.At) || m.Configuration != "abc" || m.Program != "test" {
		t.Errorf("manifest %+v", m)
	}
	for name, want := range map[string]string{StoreName: "store", AuditName: "{}\n", "materials/ab/one": "first", "materials/cd/two": "second"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is %q, %v", name, got, err)
		}
	}
}

func TestWhatIsNotThereIsLeftOut(t *testing.T) {
	s := source(t)
	s.Dir = filepath.Join(t.TempDir(), "none")
	if _, err := Extract(bytes.NewReader(written(t, s)), t.TempDir()); err != nil {
		t.Fatal(err)
	}
}

func TestABackupThatBrokeOffIsNone(t *testing.T) {
	whole := written(t, source(t))
	for cut := 0; cut < len(whole)-1500; cut += 97 { // what follows end.json is padding
		if _, err := Extract(bytes.NewReader(whole[:cut]), t.TempDir()); !errors.Is(err, ErrIncomplete) {
			t.Fatalf("cut at %d of %d: %v", cut, len(whole), err)
		}
		if _, err := Verify(bytes.NewReader(whole[:cut])); !errors.Is(err, ErrIncomplete) {
			t.Fatalf("verified though cut at %d of %d: %v", cut, len(whole), err)
		}
	}
}

func TestAChangedByteIsFound(t *testing.T) {
	whole := written(t, source(t))
	for _, text := range []string{"store", "first", "second"} {
		b := bytes.Clone(whole)
		at := bytes.LastIndex(b, []byte(text)) // the name of the store's entry stands before its content
		b[at]++
		if _, err := Extract(bytes.NewReader(b), t.TempDir()); !errors.Is(err, ErrIncomplete) {
			t.Errorf("a change in %q: %v", text, err)
		}
	}
}

func TestNothingIsWrittenOutside(t *testing.T) {
	for _, name := range []string{"../out", "/abs", "a/../../out", `..\out`} {
		var b bytes.Buffer
		w := tar.NewWriter(&b)
		w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: 1, Mode: 0o600})
		w.Write([]byte("x"))
		w.Close()
		dir := t.TempDir()
		inner := filepath.Join(dir, "in")
		if err := os.Mkdir(inner, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := Extract(&b, inner); !errors.Is(err, ErrIncomplete) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
			t.Errorf("%s was written outside", name)
		}
	}
}
