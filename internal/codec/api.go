package codec

import "errors"

// Options say how documents of one end are written and read.
type Options struct {
	Format  string // json xml form csv rows text
	Charset string // UTF-8 GBK GB18030; empty is UTF-8
	// Declaration writes the XML declaration; nil is yes.
	Declaration *bool
	BOM         bool
	// Cut is "error" (also empty) or "trim": what happens to a lone lead byte at a value's end.
	Cut string
	// Substitutes gives the text to write for a character that the charset cannot hold.
	Substitutes map[rune]string
	// Namespaces are written as declarations on an XML document's root, prefix to URI.
	Namespaces map[string]string
	// Columns is the header of a CSV document, in order; what it does not name
	// follows as it appears. Without it a document without rows has no header.
	Columns []string
	// MaxDepth bounds nesting (64 where 0); MaxBytes the decoded size (no bound where 0).
	MaxDepth int
	MaxBytes int
}

// ErrUnreadable wraps every error of Decode: the bytes are no document of this codec.
var ErrUnreadable = errors.New("unreadable document")
