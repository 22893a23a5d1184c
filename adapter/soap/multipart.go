package soap

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
)

// xopNamespace is that of the elements which say that their content is another part.
const xopNamespace = "http://www.w3.org/2004/08/xop/include"

// unpacked gives the envelope of a multipart/related body (MTOM, SwA) and the
// headers that speak of it; any other body is as it came. A toolkit with MTOM
// switched on packs each envelope so, with other parts or without. What stands in
// those is not read, and an envelope that refers to one is no envelope to us.
func unpacked(b []byte, h http.Header) ([]byte, http.Header, error) {
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		return b, h, nil
	}
	parts := multipart.NewReader(bytes.NewReader(b), parameters["boundary"])
	for {
		p, err := parts.NextPart()
		if err != nil {
			return nil, nil, errNotXML
		}
		if start := parameters["start"]; start != "" && unbracketed(start) != unbracketed(p.Header.Get("Content-Id")) {
			continue
		}
		inner, err := io.ReadAll(p)
		if err != nil || bytes.Contains(inner, []byte(xopNamespace)) {
			return nil, nil, errNotXML
		}
		return inner, http.Header(textproto.MIMEHeader(p.Header)), nil
	}
}

// unbracketed is a Content-ID without its brackets, which some leave out.
func unbracketed(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}
