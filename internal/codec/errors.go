package codec

import (
	"fmt"
	"strconv"
)

// The codes of an Error, as mapping errors carry them.
const (
	CodeParse     = "parse"            // no document of this format
	CodeCharset   = "charset"          // bytes that the charset does not know, a character that it cannot hold
	CodeDuplicate = "duplicate-member" // one object names a member twice
)

// Error says why bytes cannot be read: a code, a place and our own words,
// never what stands there. It wraps ErrUnreadable.
type Error struct {
	Code   string // CodeParse, CodeCharset or CodeDuplicate
	Offset int    // byte offset; of the text as UTF-8 where Decoded is set, else of the input
	// Decoded says that the charset was read before this was found and that it is not UTF-8.
	Decoded bool
	What    string
}

func (e *Error) Error() string {
	at := " at byte " + strconv.Itoa(e.Offset)
	if e.Decoded {
		at += " of the text as UTF-8"
	}
	return e.What + at
}

// Unwrap makes errors.Is(err, ErrUnreadable) true.
func (e *Error) Unwrap() error { return ErrUnreadable }

func parseError(offset int, format string, args ...any) *Error {
	return &Error{Code: CodeParse, Offset: offset, What: fmt.Sprintf(format, args...)}
}

// CharsetError is a character that the target charset, or XML, cannot hold and
// for which no substitute is declared. Its text names the code point and the
// path, never the value around it.
type CharsetError struct {
	Charset string // as in Options; "XML" where XML itself forbids the character
	Rune    rune
	Path    string // members joined with ".", items as "[0]"; empty for a bare text
}

func (e *CharsetError) Error() string {
	s := fmt.Sprintf("%s cannot hold U+%04X", e.Charset, e.Rune)
	if e.Path != "" {
		s += " at " + e.Path
	}
	return s
}

// ShapeError is a tree that the target format has no form for, such as a list
// inside a CSV cell.
type ShapeError struct {
	Format, Path, What string
}

func (e *ShapeError) Error() string {
	s := e.Format + ": " + e.What
	if e.Path != "" {
		s += " at " + e.Path
	}
	return s
}
