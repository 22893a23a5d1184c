package file

import (
	"archive/zip"
	"fmt"
	"io"

	"duijie/internal/codec"
)

// Limits of a zip that comes in. What is beyond them goes to bad.
const (
	maxEntries = 2000
	maxEntry   = 64 << 20  // bytes of the document, unpacked
	maxOther   = 256 << 20 // bytes of an entry beside it
	maxZip     = 512 << 20 // bytes of all
	maxRatio   = 200       // unpacked to packed, once over a megabyte
)

// bad is why a file cannot be read: words of ours.
type bad struct{ code, why string }

func (b *bad) Error() string { return b.code + ": " + b.why }

// archive is a zip that comes in, looked at as a whole.
type archive struct {
	names    map[string]*zip.File
	document *zip.File
	at       string // the document's name
}

// look opens a zip and refuses what would harm.
func look(content io.ReaderAt, size int64, document string) (*archive, error) {
	z, err := zip.NewReader(content, size)
	if err != nil {
		return nil, &bad{"zip", "the file is no zip, or a cut one"}
	}
	if len(z.File) > maxEntries {
		return nil, &bad{"over-many", fmt.Sprintf("the zip has over %d entries", maxEntries)}
	}
	out := &archive{names: map[string]*zip.File{}, at: document}
	var total uint64
	for _, f := range z.File {
		name, err := entryName(f)
		limit := uint64(maxOther)
		if name == document {
			limit = maxEntry
		}
		switch {
		case err != nil || !safeEntry(name):
			return nil, &bad{"traversal", "an entry's name leads out of its folder or is no text"}
		case f.Mode()&^0o7777 != 0 && !f.Mode().IsDir():
			return nil, &bad{"link", "an entry is a link or no plain file"}
		case f.UncompressedSize64 > limit:
			return nil, &bad{"over-large", "an entry is over the limit"}
		case f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/max(f.CompressedSize64, 1) > maxRatio:
			return nil, &bad{"over-compressed", "an entry unpacks to far more than it is"}
		}
		if total += f.UncompressedSize64; total > maxZip {
			return nil, &bad{"over-large", "the entries together are over the limit"}
		}
		if name == document && out.document != nil {
			return nil, &bad{"document", "the document stands in the zip twice"}
		}
		if name == document {
			out.document = f
		}
		out.names[name] = f
	}
	if out.document == nil {
		return nil, &bad{"document", "the document is not in the zip"}
	}
	return out, nil
}

// read gives the document.
func (a *archive) read() ([]byte, error) {
	r, err := a.document.Open()
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
