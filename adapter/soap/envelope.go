package soap

import (
	"bytes"
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/beevik/etree"

	"duijie/internal/codec"
)

// maxDepth bounds how deep an envelope may nest, the document's own 64 included.
const maxDepth = 72

// version is a SOAP version as it stands on the wire.
type version struct {
	name, namespace, mediaType string
	sender, receiver           string // fault codes: whose fault it is
	mine, theirs               int    // HTTP statuses of faults: the receiver's, the sender's
}

// SOAP 1.1 (W3C note of 2000-05-08) and 1.2 (recommendation of 2007-04-27).
var (
	soap11 = &version{"1.1", "http://schemas.xmlsoap.org/soap/envelope/", "text/xml", "Client", "Server", 500, 500}
	soap12 = &version{"1.2", "http://www.w3.org/2003/05/soap-envelope", "application/soap+xml", "Sender", "Receiver", 500, 400}
)

func lookup(name string) *version {
	if name == soap12.name {
		return soap12
	}
	return soap11
}

// envelope is one that was read. body is Body's first element, nil where it has
// none; header is nil where there is none.
type envelope struct {
	version      *version
	header, body *etree.Element
}

var (
	errNotXML     = errors.New("no well-formed XML")
	errNoEnvelope = errors.New("no SOAP envelope")
)

// decode gives an envelope's bytes as text; the headers are those that came with them.
func decode(b []byte, h http.Header) (string, error) {
	b, h, err := unpacked(b, h)
	if err != nil {
		return "", err
	}
	text, err := codec.DocumentText(bytes.TrimLeft(b, blanks), codec.Options{Format: "xml", Charset: charsetOf(h)})
	if err != nil {
		return "", errNotXML
	}
	return text, nil
}

// readEnvelope reads a whole envelope. The codec's reader judges first: what has
// a document type, nests too deeply or is not well-formed never gets further.
func readEnvelope(text string) (*envelope, error) {
	root, err := parse(text, maxDepth)
	if err != nil {
		return nil, err
	}
	out := &envelope{}
	switch ns := root.NamespaceURI(); {
	case root.Tag != "Envelope":
		return nil, errNoEnvelope
	case ns == soap11.namespace:
		out.version = soap11
	case ns == soap12.namespace:
		out.version = soap12
	default:
		return nil, errNoEnvelope
	}
	found := false
	for _, e := range root.ChildElements() {
		if e.NamespaceURI() != out.version.namespace {
			continue
		}
		switch e.Tag {
		case "Header":
			out.header = e
		case "Body":
			if found {
				return nil, errNoEnvelope
			}
			found = true
			if all := e.ChildElements(); len(all) > 0 {
				out.body = all[0]
			}
		}
	}
	if !found {
		return nil, errNoEnvelope
	}
	return out, nil
}

// parse gives the root element of a text that the codec's strict reader takes too.
func parse(text string, depth int) (*etree.Element, error) {
	if _, err := codec.DecodeString(text, codec.Options{Format: "xml", MaxDepth: depth}); err != nil {
		return nil, errNotXML
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromString(text); err != nil || doc.Root() == nil {
		return nil, errNotXML
	}
	return doc.Root(), nil
}

// blanks may stand before an XML declaration by mistake: a script's empty first line.
const blanks = " \t\r\n"

// unmarked is a document inside a string without what stands before it.
func unmarked(s, format string) string {
	s = strings.TrimPrefix(s, "\ufeff")
	if format == "xml" {
		s = strings.TrimPrefix(strings.TrimLeft(s, blanks), "\ufeff")
	}
	return s
}

// child is the first child element of a local name, nil where there is none.
func child(e *etree.Element, local string) *etree.Element {
	if e != nil {
		for _, c := range e.ChildElements() {
			if c.Tag == local {
				return c
			}
		}
	}
	return nil
}

// text is all character data directly in an element.
func text(e *etree.Element) string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	for _, t := range e.Child {
		if c, ok := t.(*etree.CharData); ok {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// local is a qualified name without its prefix.
func local(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// charsetOf is the charset that a Content-Type names, if we know it.
func charsetOf(h http.Header) string {
	_, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return "UTF-8"
	}
	if _, err := codec.LookupCharset(parameters["charset"]); err != nil {
		return "UTF-8"
	}
	return parameters["charset"]
}

// seal writes an envelope around markup that is well-formed by itself.
func (v *version) seal(header, body string) []byte {
	out := make([]byte, 0, len(header)+len(body)+300)
	out = append(out, `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="`...)
	out = append(append(out, v.namespace...), `">`...)
	if header != "" {
		out = append(append(append(out, "<soap:Header>"...), header...), "</soap:Header>"...)
	}
	out = append(append(out, "<soap:Body>"...), body...)
	return append(out, "</soap:Body></soap:Envelope>"...)
}

// wrap writes an element in a namespace around markup. Where it is qualified the
// markup's plain names are in the namespace too, else in none.
func wrap(name, namespace string, qualified bool, inner string) string {
	escaped := string(codec.AppendXMLAttribute(nil, namespace))
	switch {
	case namespace == "":
		return "<" + name + ">" + inner + "</" + name + ">"
	case qualified:
		return "<" + name + ` xmlns="` + escaped + `">` + inner + "</" + name + ">"
	}
	return "<ns:" + name + ` xmlns:ns="` + escaped + `">` + inner + "</ns:" + name + ">"
}

// cdata writes a string as an element's CDATA section.
func cdata(name, s string) string {
	return "<" + name + ">" + string(codec.AppendCDATA(nil, s)) + "</" + name + ">"
}
