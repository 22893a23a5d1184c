package soap

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/client"
	"duijie/adapter/settings"
	"duijie/internal/codec"
)

// mostEmbedded bounds a document with its attachments inside: it is one string of an envelope.
const mostEmbedded = 32 << 20

// mostLinks bounds the links in headers; all of them stand in the document too,
// wherever it has their digests.
const mostLinks = 50

// materials reads how attachments go.
func materials(m *settings.Map, r *route) {
	s := m.String("materials")
	r.info.Materials = s
	path, inside := strings.CutPrefix(s, "base64:")
	switch {
	case s == "", s == "none", s == "link":
	case inside && attach.CheckPath(path) == nil:
		r.base64 = path
	default:
		m.Add(m.Place("materials"), "error", "bad-value", "materials must be none, link or base64:PATH")
	}
}

// embed puts the materials into the document of a route that says so. What cannot
// be opened is a plain error: it may be there the next time.
func (k *Sink) embed(r *route, m adapter.Message) ([]byte, error) {
	if r.base64 == "" || len(m.Materials) == 0 {
		return m.Document, nil
	}
	s, err := codec.DocumentText(m.Document, codec.Options{Format: k.codec.Format, Charset: k.codec.Charset})
	if err != nil {
		return nil, &documentError{"the document is not in its codec's charset"}
	}
	stream, err := attach.Embed(m.Document, k.options(s), r.base64, m)
	switch {
	case err != nil:
		return nil, &documentError{err.Error()}
	case stream.Length > mostEmbedded:
		return nil, &documentError{fmt.Sprintf("the document with its attachments is over %d bytes", mostEmbedded)}
	}
	return stream.Bytes(mostEmbedded)
}

// options are those of reading a document and writing it again: its declaration
// and the namespaces of its root stay.
func (k *Sink) options(document string) codec.Options {
	o := codec.Options{Format: k.codec.Format, Charset: k.codec.Charset}
	if o.Format == "xml" {
		if root, err := parse(document, maxDepth); err == nil {
			o.Namespaces = declared(root)
		}
		declaration := strings.HasPrefix(document, "<?xml")
		o.Declaration = &declaration
	}
	return o
}

// links says where the materials may be fetched (RFC 8288).
func links(h http.Header, ms []adapter.Material) {
	for i, m := range ms {
		if m.Link != "" && i < mostLinks {
			h.Add("Link", "<"+m.Link+`>; rel="enclosure"`)
		}
	}
}

// patient gives a request with attachments the time that the attempt has.
func patient(ctx context.Context, r *client.Request, m adapter.Message) {
	if end, ok := ctx.Deadline(); ok && len(m.Materials) > 0 {
		r.Timeout = time.Until(end)
	}
}
