package attach

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/internal/codec"
)

// Rule is where a source's documents have their attachments: the path of the
// places, and whether content itself stands there or the name of a file.
type Rule struct {
	// Kind is base64, zip (an entry beside the document) or file (a file beside it);
	// entries has no path: every other entry of the zip is an attachment, which the
	// document names by its digest already.
	Kind string
	Path string
}

// ParseRule reads `materials:` of an endpoint or read; nil where there is none.
// kinds are those that the source can do.
func ParseRule(m *settings.Map, format string, kinds ...string) *Rule {
	text := m.String("materials")
	if text == "" || text == "none" {
		return nil
	}
	kind, p, _ := strings.Cut(text, ":")
	known := false
	for _, k := range kinds {
		known = known || k == kind
	}
	switch {
	case known && text == "entries":
	case !known || kind == "entries":
		m.Add(m.Place("materials"), "error", "bad-value", "materials must be %s:PATH", strings.Join(kinds, ":PATH or "))
	case CheckPath(p) != nil:
		m.Add(m.Place("materials"), "error", "bad-value", "materials: %s is no path in the document", p)
	case format == "form" || format == "csv":
		m.Add(m.Place("materials"), "error", "bad-value", "a document in %s has no place for what stands for an attachment", format)
	}
	return &Rule{kind, p}
}

// Bad is what is wrong with an attachment itself: words of ours. The document
// needs a person; sending it again changes nothing.
type Bad struct{ Why string }

func (b *Bad) Error() string { return b.Why }

// Keep stores what stands at the rule's places of a document, and puts {name,
// sha256, size, mediaType} there. open gives the content that a name in the
// document stands for; it is not called for base64. Empty places stay. A *Bad in
// the error is the document's fault; any other is the gateway's.
func (r *Rule) Keep(ctx context.Context, keeper adapter.MaterialKeeper, v *codec.Value, open func(name string) (io.ReadCloser, error)) (digests []string, err error) {
	if keeper == nil {
		return nil, errors.New("no store for attachments is lent")
	}
	for i, place := range places(v, r.Path, false) {
		if t, ok := place.Get("#text"); ok && place.Kind == codec.Object { // an XML element with attributes
			*place = *t
		}
		text := strings.TrimSpace(place.Text)
		switch {
		case place.Kind == codec.Absent, place.Kind == codec.Null, place.Kind == codec.String && text == "":
			continue
		case place.Kind != codec.String:
			return nil, &Bad{"what stands for an attachment is no text"}
		}
		m, err := r.one(ctx, keeper, i+1, text, open)
		if errors.Is(err, adapter.ErrMaterialTooLarge) {
			return nil, &Bad{"an attachment is over the limit"}
		}
		if err != nil {
			return nil, err
		}
		*place = codec.Value{Kind: codec.Object, Members: []codec.Member{
			{Name: "name", Value: codec.Str(m.Name)}, {Name: "sha256", Value: codec.Str(m.SHA256)},
			{Name: "size", Value: codec.Num(strconv.FormatInt(m.Size, 10))}, {Name: "mediaType", Value: codec.Str(m.MediaType)}}}
		digests = append(digests, m.SHA256)
	}
	return digests, nil
}

func (r *Rule) one(ctx context.Context, keeper adapter.MaterialKeeper, number int, text string, open func(string) (io.ReadCloser, error)) (adapter.Material, error) {
	if r.Kind != "base64" {
		content, err := open(text)
		if err != nil {
			return adapter.Material{}, err
		}
		defer content.Close()
		return keeper.Keep(ctx, safeName(text), typeOf(path.Ext(text)), content)
	}
	mediaType := ""
	if head, body, ok := strings.Cut(text, ","); ok && strings.HasPrefix(head, "data:") {
		mediaType, _, _ = strings.Cut(strings.TrimPrefix(head, "data:"), ";")
		text = body
	}
	m, err := keeper.Keep(ctx, "", mediaType, decoder(text))
	if err != nil {
		return m, err
	}
	m.Name = fmt.Sprintf("attachment-%d%s", number, extension(m.MediaType))
	return m, nil
}

// decoder reads base64, with or without line breaks and padding.
func decoder(text string) io.Reader {
	return &decoded{base64.NewDecoder(base64.RawStdEncoding, &dense{strings.NewReader(text)})}
}

// decoded says in our words what is wrong.
type decoded struct{ r io.Reader }

func (d *decoded) Read(b []byte) (int, error) {
	n, err := d.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &Bad{"an attachment is not base64"}
	}
	return n, err
}

// dense leaves out white space and padding.
type dense struct{ r io.Reader }

func (d *dense) Read(b []byte) (int, error) {
	for {
		n, err := d.r.Read(b)
		kept := 0
		for _, c := range b[:n] {
			if c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '=' {
				b[kept] = c
				kept++
			}
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

// types are the kinds of files that courts see, each by its first extension.
var types = []struct{ extension, mediaType string }{
	{".pdf", "application/pdf"}, {".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".png", "image/png"}, {".tif", "image/tiff"}, {".tiff", "image/tiff"},
	{".bmp", "image/bmp"}, {".ofd", "application/ofd"}, {".zip", "application/zip"}, {".doc", "application/msword"},
	{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}, {".xls", "application/vnd.ms-excel"},
	{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, {".txt", "text/plain"}, {".mp3", "audio/mpeg"}, {".mp4", "video/mp4"},
}

// extension is that of a media type; empty for one that is not listed.
func extension(mediaType string) string {
	for _, t := range types {
		if t.mediaType == mediaType {
			return t.extension
		}
	}
	return ""
}

// typeOf is the media type of an extension; empty: the content tells.
func typeOf(extension string) string {
	for _, t := range types {
		if strings.EqualFold(t.extension, extension) {
			return t.mediaType
		}
	}
	return ""
}
