package codec

import "fmt"

// Decode reads one document. Every error wraps ErrUnreadable and, but for an
// Options.Format or Charset that does not exist, is an *Error.
func Decode(b []byte, o Options) (Value, error) {
	s := string(b)
	switch o.Format {
	case "json", "rows":
		return FromJSON([]byte(s))
	case "text":
		return Str(s), nil
	}
	return Value{}, fmt.Errorf("%w: no format %q", ErrUnreadable, o.Format)
}

// DecodeAny is Decode and Any: a document as expressions see it; format "text" gives the decoded string.
func DecodeAny(b []byte, o Options) (any, error) {
	v, err := Decode(b, o)
	if err != nil {
		return nil, err
	}
	return v.Any(), nil
}

// Encode appends v as a document. An error is a *CharsetError or a *ShapeError
// (or names a format or charset that does not exist); dst is then returned as it came.
func Encode(dst []byte, v Value, o Options) ([]byte, error) {
	switch o.Format {
	case "json", "rows":
		return AppendJSON(dst, v), nil
	}
	return dst, fmt.Errorf("no format %q", o.Format)
}

// Text reads b in a charset; the error wraps ErrUnreadable.
func Text(b []byte, charset string) (string, error) { return string(b), nil }

// EncodeText writes s in a charset, with substitutes for what it cannot hold.
func EncodeText(s, charset string, sub map[rune]string) ([]byte, error) { return []byte(s), nil }
