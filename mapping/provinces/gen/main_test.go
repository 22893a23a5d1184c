package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"
	"time"
)

func TestTheSameFilesGiveTheSameBytes(t *testing.T) {
	files := func(at time.Time) fstest.MapFS {
		return fstest.MapFS{
			"510000/pack.yaml":    {Data: []byte("unit: x"), ModTime: at},
			"130000/codes/a.csv":  {Data: []byte("nat,loc"), ModTime: at},
			"provinces.go":        {Data: []byte("package provinces"), ModTime: at},
			"gen/main.go":         {Data: []byte("package main"), ModTime: at},
			"510000/schemas/x.js": {Data: bytes.Repeat([]byte("x"), 1000), ModTime: at},
		}
	}
	var one, two bytes.Buffer
	if err := pack(&one, files(time.Unix(0, 0))); err != nil {
		t.Fatal(err)
	}
	if err := pack(&two, files(time.Now())); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the bytes depend on when the files were written")
	}
	r, err := zip.NewReader(bytes.NewReader(one.Bytes()), int64(one.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
	}
	if len(names) != 3 || names[0] != "130000/codes/a.csv" {
		t.Errorf("carries %v, want the folders named by a code alone", names)
	}
	if b, err := fs.ReadFile(r, "510000/pack.yaml"); err != nil || string(b) != "unit: x" {
		t.Errorf("%q, %v", b, err)
	}
}
