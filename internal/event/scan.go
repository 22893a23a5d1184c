package event

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"duijie/internal/problem"
)

// maxDepth is how deep a message may nest, its outermost object included.
const maxDepth = 64

// strict refuses as malformed what is not exactly one strict JSON value: valid
// UTF-8 without lone surrogates and U+0000, no member twice at any depth, no
// deeper than 64. It asks the decoder, and knows what is wrong.
func strict(raw []byte) *problem.Problem {
	d := jsontext.NewDecoder(bytes.NewBuffer(raw))
	err := d.SkipValue()
	if err == nil {
		if _, err = d.ReadToken(); err == io.EOF {
			return stricter(raw)
		}
		return malformed("more than one JSON value")
	}
	switch {
	case errors.Is(err, jsontext.ErrDuplicateName):
		return malformed("an object has a member twice")
	case err == io.EOF:
		return malformed("no JSON value")
	}
	return malformed("not strict JSON in UTF-8")
}

// stricter looks through valid JSON for what JSON itself allows.
func stricter(raw []byte) *problem.Problem {
	depth, inString := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inString && c == '\\':
			if bytes.HasPrefix(raw[i:], []byte(`\u0000`)) {
				return malformed("a string holds U+0000")
			}
			i++ // the escaped character
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return malformed("nested deeper than 64")
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}

// SplitBatch gives the elements of a JSON array, each as written. Only what is no
// array is refused here; what is wrong inside an element is that element's
// problem, found by its own Parse.
func SplitBatch(raw []byte) ([][]byte, *problem.Problem) {
	d := jsontext.NewDecoder(bytes.NewBuffer(raw), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '[' {
		return nil, malformed("a batch is a JSON array")
	}
	var out [][]byte
	for d.PeekKind() != ']' {
		v, err := d.ReadValue()
		if err != nil {
			return nil, malformed("the array is not JSON")
		}
		end := d.InputOffset()
		out = append(out, raw[end-int64(len(v)):end:end])
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, malformed("the array is not JSON")
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return nil, malformed("more than one JSON value")
	}
	return out, nil
}

func malformed(detail string) *problem.Problem {
	return &problem.Problem{Code: "malformed", Detail: detail}
}
