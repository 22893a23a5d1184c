// Command gen packs the built-in packs into packs.zip, which package provinces
// embeds: compressed they take a fifth. The same files give the same bytes.
package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"io/fs"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	var out bytes.Buffer
	if err := pack(&out, os.DirFS(".")); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("packs.zip", out.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}

// pack writes every folder that is named by a code, in the order of names and without times.
func pack(out io.Writer, files fs.FS) error {
	w := zip.NewWriter(out)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	dirs, err := fs.Glob(files, "[0-9]*")
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		err := fs.WalkDir(files, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
			if err != nil {
				return err
			}
			_, err = f.Write(content)
			return err
		})
		if err != nil {
			return err
		}
	}
	return w.Close()
}
