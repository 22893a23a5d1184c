package attach

import (
	"mime"
	"strings"

	"duijie/adapter"
)

// Multipart is the document and its materials as one multipart/form-data body:
// the part `document`, then each material in a part `materials` under its own
// name. The boundary is the message's key, so that a repeat is the same byte for byte.
func Multipart(document []byte, contentType string, m adapter.Message) (s *Stream, mediaType string) {
	boundary := "duijie-" + m.Key
	s = &Stream{open: m.Open}
	line := func(parts ...string) { s.text([]byte(strings.Join(parts, ""))...) }
	line("--", boundary, "\r\nContent-Disposition: form-data; name=\"document\"\r\nContent-Type: ", contentType, "\r\n\r\n")
	s.text(document...)
	for i, name := range Names(m.Materials) {
		one := m.Materials[i]
		line("\r\n--", boundary, "\r\nContent-Disposition: form-data; name=\"materials\"; filename=\"", strings.ReplaceAll(name, `"`, "%22"),
			"\"\r\nContent-Type: ", mediaTypeOf(one), "\r\n\r\n")
		s.content(one.SHA256, one.Size, false)
	}
	line("\r\n--", boundary, "--\r\n")
	return s, "multipart/form-data; boundary=" + boundary
}

// mediaTypeOf is a media type that can stand in a header; the sender's word is not trusted.
func mediaTypeOf(m adapter.Material) string {
	t, _, err := mime.ParseMediaType(m.MediaType)
	if err != nil || !strings.Contains(t, "/") {
		return "application/octet-stream"
	}
	return t
}
