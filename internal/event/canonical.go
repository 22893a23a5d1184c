package event

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// errNotJSON is returned for what Scan would have refused.
var errNotJSON = errors.New("canonical form: not JSON")

// Canonical gives the form in which content is compared: members sorted by the
// UTF-8 of their names, no white space, numbers as written, strings with only the
// escapes that JSON needs. It is stored as digests for ever, so it never changes.
func Canonical(doc []byte) ([]byte, error) { return appendCanonical(nil, doc) }

func appendCanonical(dst, doc []byte) ([]byte, error) {
	if out, ok := appendPlain(dst, doc); ok {
		return out, nil
	}
	return appendDecoded(dst, doc)
}

// appendDecoded is the form by the decoder's tokens, which defines it.
func appendDecoded(dst, doc []byte) ([]byte, error) {
	// bytes.Buffer is read in place.
	c := canonizer{d: jsontext.NewDecoder(bytes.NewBuffer(doc)), dst: slices.Grow(dst, len(doc))}
	if err := c.value(); err != nil {
		return dst, errNotJSON
	}
	if _, err := c.d.ReadToken(); err != io.EOF {
		return dst, errNotJSON
	}
	return c.dst, nil
}

// canonizer writes the tokens of d to dst.
type canonizer struct {
	d       *jsontext.Decoder
	dst     []byte
	scratch []byte // of sorting, reused
}

func (c *canonizer) value() error {
	switch c.d.PeekKind() {
	case '{':
		return c.object()
	case '[':
		return c.array()
	}
	t, err := c.d.ReadToken()
	if err != nil {
		return err
	}
	if t.Kind() == '"' {
		c.dst = appendText(c.dst, t.String())
		return nil
	}
	c.dst = append(c.dst, t.String()...)
	return nil
}

func (c *canonizer) array() error {
	if _, err := c.d.ReadToken(); err != nil {
		return err
	}
	c.dst = append(c.dst, '[')
	for n := 0; c.d.PeekKind() != ']'; n++ {
		if n > 0 {
			c.dst = append(c.dst, ',')
		}
		if err := c.value(); err != nil {
			return err
		}
	}
	_, err := c.d.ReadToken()
	c.dst = append(c.dst, ']')
	return err
}

// member is where a member stands in dst, without a comma.
type member struct {
	name       string
	start, end int
}

func (c *canonizer) object() error {
	if _, err := c.d.ReadToken(); err != nil {
		return err
	}
	c.dst = append(c.dst, '{')
	var ms []member
	start := len(c.dst)
	for c.d.PeekKind() == '"' {
		t, err := c.d.ReadToken()
		if err != nil {
			return err
		}
		m := member{name: t.String(), start: len(c.dst)}
		c.dst = append(appendText(c.dst, m.name), ':')
		if err := c.value(); err != nil {
			return err
		}
		m.end = len(c.dst)
		ms = append(ms, m)
	}
	if _, err := c.d.ReadToken(); err != nil {
		return err
	}
	slices.SortFunc(ms, func(a, b member) int { return strings.Compare(a.name, b.name) })
	c.scratch = append(c.scratch[:0], c.dst[start:]...)
	c.dst = c.dst[:start]
	for i, m := range ms {
		if i > 0 {
			c.dst = append(c.dst, ',')
		}
		c.dst = append(c.dst, c.scratch[m.start-start:m.end-start]...)
	}
	c.dst = append(c.dst, '}')
	return nil
}

// appendText quotes a string: \" and \\, \b \t \n \f \r, \u00xx for other control
// characters, everything else as UTF-8.
func appendText(dst []byte, s string) []byte {
	const hexdigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch b := s[i]; {
		case b == '"' || b == '\\':
			dst = append(dst, '\\', b)
		case b >= ' ':
			dst = append(dst, b)
		case strings.IndexByte("\b\t\n\f\r", b) >= 0:
			dst = append(dst, '\\', "btn_fr"[b-'\b'])
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexdigits[b>>4], hexdigits[b&15])
		}
	}
	return append(dst, '"')
}
