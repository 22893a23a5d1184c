package file

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"duijie/adapter"
	"duijie/adapter/attach"
)

// content is the file's: the document, or a zip around it and the message's
// materials. The same message gives the same bytes.
func (k *Sink) content(r *route, m adapter.Message) (content, error) {
	if r.document == "" {
		return whole(m.Document), nil
	}
	names := attach.Names(m.Materials)
	taken := map[string]bool{r.document: true}
	for i, n := range names {
		names[i] = strings.ReplaceAll(r.attachments, "{name}", n)
		if !safeEntry(names[i]) || taken[names[i]] {
			return nil, &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: errors.New("a material has no name of its own in the zip")}
		}
		taken[names[i]] = true
	}
	return func(w io.Writer) error {
		z := zip.NewWriter(w)
		if err := add(z, r.document, m, bytes.NewReader(m.Document)); err != nil {
			return err
		}
		for i, one := range m.Materials {
			content, _, err := m.Open(one.SHA256)
			if err != nil {
				return fmt.Errorf("open material %s: %w", one.SHA256, err)
			}
			err = add(z, names[i], m, content)
			if err = errors.Join(err, content.Close()); err != nil {
				return err
			}
		}
		return z.Close()
	}, nil
}

// add puts one entry into a zip. A name beyond ASCII goes in UTF-8 and says so.
// Deflated even where that gains nothing: a stored entry whose size comes behind
// it, as it does in a stream, is refused by Java's reader.
func add(z *zip.Writer, name string, m adapter.Message, content io.Reader) error {
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: m.AcceptedAt})
	if err == nil {
		_, err = io.CopyBuffer(struct{ io.Writer }{w}, struct{ io.Reader }{content}, make([]byte, 64<<10))
	}
	return err
}

// errDiffers ends a comparison.
var errDiffers = errors.New("other content")

// same tells whether a file holds just this.
func (k *Sink) same(ctx context.Context, path string, size int64, write content) bool {
	f, err := k.place.open(ctx, path, size)
	if err != nil {
		return false
	}
	defer f.Close()
	c := &comparison{f: f}
	return write(c) == nil && c.n == f.size
}

// comparison takes what is written only where the file goes on the same.
type comparison struct {
	f *opened
	n int64
}

func (c *comparison) Write(b []byte) (int, error) {
	there := make([]byte, len(b))
	if _, err := io.ReadFull(c.f, there); err != nil || !bytes.Equal(there, b) {
		return 0, errDiffers
	}
	c.n += int64(len(b))
	return len(b), nil
}
