package codec

import (
	"bytes"
	"strings"
)

// cutter knows where values end in the bytes of a format: systems that cut
// texts by bytes leave half a character there. A nil cutter finds no end.
// Delimiters are never trail bytes, but for the bracket that ends a CDATA section.
type cutter struct {
	format string
	seen   int // XML: state holds for the bytes before it
	state  xmlState
}

type xmlState uint8

const (
	inContent xmlState = iota
	inTag
	inCDATA
)

func (o Options) cutter(format string) *cutter {
	if o.Cut != "trim" {
		return nil
	}
	return &cutter{format: format}
}

// valueEnds says whether the half character b[from:to] is the last of a value;
// the blanks that pad a column may follow it.
func (c *cutter) valueEnds(b []byte, from, to int) bool {
	if c == nil {
		return false
	}
	for to < len(b) && b[to] == ' ' {
		to++
	}
	if to == len(b) {
		return c.format == "text" || c.format == "csv"
	}
	switch c.format {
	case "json", "rows":
		return b[to] == '"'
	case "csv":
		return strings.IndexByte(",\"\r\n", b[to]) >= 0
	case "xml":
		switch c.advance(b, from) {
		case inTag:
			return b[to] == '"' || b[to] == '\''
		case inCDATA:
			return bytes.HasPrefix(b[to:], []byte("]]>"))
		}
		return b[to] == '<'
	}
	return false
}

// insideCDATA says whether the lead byte at i was cut right before the end of a
// CDATA section, whose first bracket it would else take for its trail byte.
func (c *cutter) insideCDATA(b []byte, i int) bool {
	return c != nil && c.format == "xml" && bytes.HasPrefix(b[i+1:], []byte("]]>")) && c.advance(b, i) == inCDATA
}

// advance follows the markup up to i. It reads raw bytes, so it may err about
// broken documents; the XML reader then refuses them.
func (c *cutter) advance(b []byte, i int) xmlState {
	for c.seen < i {
		rest := b[c.seen:i]
		var end string
		next := inContent
		switch c.state {
		case inContent:
			end, next = "<", inTag
		case inTag:
			end = ">"
		case inCDATA:
			end = "]]>"
		}
		n := bytes.Index(rest, []byte(end))
		if n < 0 {
			c.seen = i
			break
		}
		if next == inTag && bytes.HasPrefix(rest[n:], []byte("<![CDATA[")) {
			next = inCDATA
		}
		c.seen += n + len(end)
		c.state = next
	}
	return c.state
}
