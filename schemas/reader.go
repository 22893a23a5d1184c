package schemas

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader goes over JSON that is known to be valid, such as data that Validate or
// event.Parse took, and reads only what is asked for. It checks nothing: of bytes
// that are no JSON it gives something or nothing, and ends.
//
//	r := schemas.Read(data)
//	for r.Enter(); r.Next(); {
//		if string(r.Name) == "caseNo" {
//			no, ok = r.Text()
//		}
//	}
type Reader struct {
	// Name is the member's that Next came to; nil for an element of a list. It
	// must not be changed.
	Name []byte

	d       []byte
	i       int
	objects uint64 // a bit for each level that is open, the innermost lowest: an object
	depth   int
	waits   bool // the value at i was not read yet
}

// Read begins before the one value of data.
func Read(data []byte) Reader { return Reader{d: data, i: skip(data, 0), waits: true} }

// Enter goes inside the value that is next, if it is an object or a list: Next
// goes over what is in it, and after that over what follows it.
func (r *Reader) Enter() bool {
	if !r.waits || r.i >= len(r.d) || r.d[r.i] != '{' && r.d[r.i] != '[' || r.depth == 64 {
		return false
	}
	r.objects <<= 1
	if r.d[r.i] == '{' {
		r.objects |= 1
	}
	r.depth++
	r.i++
	r.waits = false
	return true
}

// Next goes to the next member or element; false says that the innermost object
// or list is at its end, and was left.
func (r *Reader) Next() bool {
	r.pass()
	if r.depth == 0 {
		return false
	}
	if r.i = skip(r.d, r.i); r.i < len(r.d) && r.d[r.i] == ',' {
		r.i = skip(r.d, r.i+1)
	}
	if r.i >= len(r.d) {
		return false
	}
	if c := r.d[r.i]; c == '}' || c == ']' {
		r.i++
		r.objects >>= 1
		r.depth--
		return false
	}
	r.Name = nil
	if r.objects&1 != 0 {
		end := r.end()
		raw := r.d[r.i:end]
		if r.Name = raw; len(raw) >= 2 {
			r.Name = raw[1 : len(raw)-1]
		}
		if bytes.IndexByte(raw, '\\') >= 0 {
			r.Name, _ = jsontext.AppendUnquote(nil, raw)
		}
		if r.i = skip(r.d, end); r.i < len(r.d) && r.d[r.i] == ':' {
			r.i = skip(r.d, r.i+1)
		}
	}
	r.waits = true
	return true
}

// Value reads the value that is next, as written; nil where it was read.
func (r *Reader) Value() []byte {
	from := r.i
	if !r.pass() {
		return nil
	}
	return r.d[from:r.i:r.i]
}

// Text reads the value that is next, if it is a string.
func (r *Reader) Text() (string, bool) {
	v := r.Value()
	if len(v) < 2 || v[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	text, err := jsontext.AppendUnquote(nil, v)
	return string(text), err == nil
}

// pass goes past the value that is next; false where it was read.
func (r *Reader) pass() bool {
	if !r.waits {
		return false
	}
	r.waits = false
	r.i = r.end()
	return true
}

// end is the place after the value that is next.
func (r *Reader) end() int {
	d, i, depth := r.d, r.i, 0
	for i < len(d) {
		switch d[i] {
		case '"':
			if i = endOfText(d, i); depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			} else if depth < 0 {
				return i
			}
		case ',', ':', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return max(i, r.i+1) // something is always read: what is no JSON ends too
			}
		}
		i++
	}
	return len(d)
}

// endOfText is the place after the string that opens at i.
func endOfText(d []byte, i int) int {
	for from := i + 1; ; {
		n := bytes.IndexByte(d[from:], '"')
		if n < 0 {
			return len(d)
		}
		at := from + n
		slashes := 0
		for at-1-slashes > i && d[at-1-slashes] == '\\' {
			slashes++
		}
		if from = at + 1; slashes%2 == 0 {
			return from
		}
	}
}
