package file

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"

	"duijie/adapter"
	"duijie/internal/codec"
)

// content is the file's bytes: the document, or a zip around it. The same message
// gives the same bytes.
func (k *Sink) content(r *route, m adapter.Message) ([]byte, error) {
	if r.document == "" {
		return m.Document, nil
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	// A name beyond ASCII goes in UTF-8 and says so.
	w, err := z.CreateHeader(&zip.FileHeader{Name: r.document, Method: zip.Deflate, Modified: m.AcceptedAt})
	if err == nil {
		_, err = w.Write(m.Document)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("zip the document: %w", err)
	}
	return b.Bytes(), nil
}

// Limits of a zip that comes in. What is beyond them goes to bad.
const (
	maxEntries = 2000
	maxEntry   = 64 << 20  // bytes of one entry, unpacked
	maxZip     = 512 << 20 // bytes of all
	maxRatio   = 200       // unpacked to packed, once over a megabyte
)

// bad is why a file cannot be read: words of ours.
type bad struct{ code, why string }

func (b *bad) Error() string { return b.code + ": " + b.why }

// unpack gives one entry of a zip, after a look at all of them.
func unpack(content []byte, document string) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, &bad{"zip", "the file is no zip, or a cut one"}
	}
	if len(z.File) > maxEntries {
		return nil, &bad{"over-many", fmt.Sprintf("the zip has over %d entries", maxEntries)}
	}
	var found *zip.File
	var total uint64
	for _, f := range z.File {
		name, err := entryName(f)
		switch {
		case err != nil || !safeEntry(name):
			return nil, &bad{"traversal", "an entry's name leads out of its folder or is no text"}
		case f.Mode()&^0o7777 != 0 && !f.Mode().IsDir():
			return nil, &bad{"link", "an entry is a link or no plain file"}
		case f.UncompressedSize64 > maxEntry:
			return nil, &bad{"over-large", "an entry is over the limit"}
		case f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio:
			return nil, &bad{"over-compressed", "an entry unpacks to far more than it is"}
		}
		if total += f.UncompressedSize64; total > maxZip {
			return nil, &bad{"over-large", "the entries together are over the limit"}
		}
		if name == document {
			if found != nil {
				return nil, &bad{"document", "the document stands in the zip twice"}
			}
			found = f
		}
	}
	if found == nil {
		return nil, &bad{"document", "the document is not in the zip"}
	}
	r, err := found.Open()
	if err != nil {
		return nil, &bad{"zip", "the document cannot be unpacked"}
	}
	defer r.Close()
	// The reader refuses more than the header said, and a wrong checksum.
	out, err := io.ReadAll(io.LimitReader(r, maxEntry+1))
	if err != nil || len(out) > maxEntry {
		return nil, &bad{"zip", "the document cannot be unpacked"}
	}
	return out, nil
}

// entryName is the name of an entry; one without the UTF-8 flag is GB18030.
func entryName(f *zip.File) (string, error) {
	if !f.NonUTF8 {
		return f.Name, nil
	}
	return codec.Text([]byte(f.Name), "GB18030")
}
