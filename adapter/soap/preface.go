package soap

import (
	"encoding/xml"
	"io"
	"strings"
)

// maxPreface bounds what is read of an envelope before its caller is proven.
const maxPreface = 64 << 10

// preface reads an envelope up to the first element in its Body: version and
// header, and the name of the operation. A caller's proof stands in the header,
// so the rest, which may be large, is not read for those who have none.
func preface(text string) (e *envelope, operation string, err error) {
	d := xml.NewDecoder(strings.NewReader(text[:min(len(text), maxPreface)]))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // it is text already
	depth, root, body := 0, "", -1
	for operation == "" {
		at := d.InputOffset()
		t, err := d.RawToken()
		if err != nil {
			return nil, "", errNotXML
		}
		switch t := t.(type) {
		case xml.Directive:
			return nil, "", errNotXML
		case xml.StartElement:
			switch {
			case depth == 0:
				root = qualified(t.Name)
			case depth == 1 && t.Name.Local == "Body":
				body = int(at)
			case depth == 2 && body >= 0:
				operation = t.Name.Local
			}
			depth++
		case xml.EndElement:
			if depth--; depth < 2 && body >= 0 || depth == 0 {
				operation = "-" // an empty Body, or none: no name of an element
			}
		}
	}
	if body < 0 {
		return nil, "", errNoEnvelope
	}
	e, err = readEnvelope(text[:body] + "<" + prefixed(root, "Body") + "/></" + root + ">")
	return e, operation, err
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// prefixed is a name with the prefix of another.
func prefixed(like, name string) string {
	if prefix, _, ok := strings.Cut(like, ":"); ok {
		return prefix + ":" + name
	}
	return name
}
