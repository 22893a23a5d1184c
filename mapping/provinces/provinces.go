// Package provinces holds the built-in packs: data only, one folder for each
// reference system. Their names and shapes are invented and say so; no interface
// of a real local system is published.
//
// The program carries them compressed, as packs.zip: after a change to a pack run
// go generate ./mapping/provinces.
package provinces

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"io/fs"
)

//go:generate go run ./gen

//go:embed packs.zip
var packed []byte

// FS has one folder for each built-in pack, named by its code.
func FS() fs.FS {
	r, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		panic(err) // made by gen, and held by a test
	}
	return r
}
