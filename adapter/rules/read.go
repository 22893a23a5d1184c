package rules

import (
	"net/http"
	"strings"

	"duijie/adapter"
	"duijie/internal/codec"
)

// maxDepth bounds how deep an answer may nest.
const maxDepth = 64

// Read reads an answer's body by its codec. A 204 has none, and that is
// readable; any other empty body is read like every body.
func Read(status int, header http.Header, body []byte, broken string, c adapter.Codec) Answer {
	a := Answer{Status: status, Header: header, Broken: broken}
	if text, err := codec.Text(body, c.Charset); err == nil {
		a.Text = text
	} else {
		a.Text = strings.ToValidUTF8(string(body), "\uFFFD")
	}
	if broken != "" {
		return a
	}
	if status == http.StatusNoContent {
		a.Readable = true
		return a
	}
	v, err := codec.Decode(body, codec.Options{Format: c.Format, Charset: c.Charset, MaxDepth: maxDepth})
	if err == nil {
		a.Body, a.Readable = &v, true
	}
	return a
}
