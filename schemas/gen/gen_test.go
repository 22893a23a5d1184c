package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestCommittedFilesAreCurrent(t *testing.T) {
	files, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join("..", "national", "v1")
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the table says: run go generate ./schemas", name)
		}
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range there {
		if files[e.Name()] == nil {
			t.Errorf("%s is in no row of the table", e.Name())
		}
	}
}

func TestTableErrorsNameTheField(t *testing.T) {
	g := &generator{shared: map[string]string{}, prims: map[string]bool{"id": true}}
	for line, want := range map[string]string{
		"a! nothing":      `field a: no type "nothing"`,
		"b":               `field without a type: "b"`,
		"@Nobody":         `no shared object "Nobody"`,
		"c [{d! absent}]": `field c: field d: no type "absent"`,
	} {
		if _, err := g.object(line, false); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
