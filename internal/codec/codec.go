package codec

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Decode reads one document: its charset, then its format. Every error wraps
// ErrUnreadable and is an *Error, but where Options name a format or charset
// that does not exist.
func Decode(b []byte, o Options) (Value, error) {
	c, err := LookupCharset(o.Charset)
	if err != nil {
		return Value{}, fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	if o.Format == "form" {
		return found(decodeForm(b, c, o))
	}
	s, used, mark, bad := o.transcode(b, c)
	if bad != nil {
		return Value{}, bad
	}
	read, err := o.reader()
	if err != nil {
		return Value{}, err
	}
	v, bad := read(s)
	if bad != nil {
		if bad.Decoded = used != UTF8; !bad.Decoded {
			bad.Offset += mark
		}
	}
	return found(v, bad)
}

// DecodeString reads a document that is text already, such as one inside a
// string of another: what an XML declaration says in it does not count.
func DecodeString(s string, o Options) (Value, error) {
	if !utf8.ValidString(s) {
		return Value{}, &Error{Code: CodeCharset, What: "invalid UTF-8"}
	}
	read, err := o.reader()
	if err != nil {
		return Value{}, err
	}
	t := s
	if o.Format != "text" && o.Format != "form" {
		t = trimBOM(s)
	}
	v, bad := read(t)
	if bad != nil {
		bad.Offset += len(s) - len(t)
	}
	return found(v, bad)
}

// found keeps a nil *Error from becoming an error that is not nil.
func found(v Value, err *Error) (Value, error) {
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

// reader gives the reader of the format, for valid UTF-8.
func (o Options) reader() (func(string) (Value, *Error), error) {
	depth := o.MaxDepth
	if depth <= 0 {
		depth = defaultDepth
	}
	var read func(string) (Value, *Error)
	switch o.Format {
	case "json", "rows":
		read = func(s string) (Value, *Error) { return decodeJSON(s, depth) }
	case "xml":
		read = func(s string) (Value, *Error) { return decodeXML(s, depth, o.Namespaces) }
	case "form":
		read = func(s string) (Value, *Error) { return decodeForm([]byte(s), UTF8, o) }
	case "csv":
		read = decodeCSV
	case "text":
		read = func(s string) (Value, *Error) { return Str(s), nil }
	default:
		return nil, fmt.Errorf("%w: no format %q", ErrUnreadable, o.Format)
	}
	return func(s string) (Value, *Error) {
		if o.MaxBytes > 0 && len(s) > o.MaxBytes {
			return Value{}, parseError(o.MaxBytes, "a document of more than %d bytes", o.MaxBytes)
		}
		return read(s)
	}, nil
}

// DecodeAny is Decode and Any: a document as expressions see it; format "text" gives the decoded string.
func DecodeAny(b []byte, o Options) (any, error) {
	v, err := Decode(b, o)
	if err != nil {
		return nil, err
	}
	return v.Any(), nil
}

// Encode appends v as a document. Its errors are *CharsetError and *ShapeError
// (or name a format or charset that does not exist); dst is then returned as it
// came. Format "rows" is JSON in UTF-8 whose strings fit the charset.
func Encode(dst []byte, v Value, o Options) ([]byte, error) {
	c, err := LookupCharset(o.Charset)
	if err != nil {
		return dst, err
	}
	out := dst
	mark := o.BOM && o.Format != "form" && o.Format != "rows"
	if o.Format == "text" && strings.HasPrefix(v.Text, utf8BOM) {
		mark = true // the reader takes one away
	}
	if mark {
		if !c.Holds('\ufeff') {
			return dst, &CharsetError{Charset: c.String(), Rune: '\ufeff'}
		}
		out = c.appendRune(out, '\ufeff')
	}
	w := writer{charset: c, sub: o.Substitutes}
	if c == UTF8 || o.Format == "form" || o.Format == "rows" {
		w.out = out
		if err := w.document(v, o); err != nil {
			return dst, err
		}
		return w.out, nil
	}
	if err := w.document(v, o); err != nil {
		return dst, err
	}
	if out, err = c.Append(out, string(w.out)); err != nil {
		return dst, err
	}
	return out, nil
}

// EncodeString writes v as a document that stays text, such as one inside a
// string of another. Its characters are held to the charset all the same, and
// an XML declaration names it.
func EncodeString(v Value, o Options) (string, error) {
	c, err := LookupCharset(o.Charset)
	if err != nil {
		return "", err
	}
	w := writer{charset: c, sub: o.Substitutes}
	if err := w.document(v, o); err != nil {
		return "", err
	}
	return string(w.out), nil
}
