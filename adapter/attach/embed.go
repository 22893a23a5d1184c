package attach

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strconv"
	"strings"

	"duijie/adapter"
	"duijie/internal/codec"
)

// errNoPlace is a document that has fewer places than it names materials.
var errNoPlace = errors.New("a material has no place in the document")

// Embed puts the materials' content as base64 under a path of the document. A
// place that holds a material's digest gets that one; where none does, the places
// get the materials in their order.
func Embed(document []byte, o codec.Options, path string, m adapter.Message) (*Stream, error) {
	v, err := codec.Decode(document, o)
	if err != nil {
		return nil, errors.New("the document cannot be read for its attachments")
	}
	at, err := assign(places(&v, path, true), m.Materials)
	if err != nil {
		return nil, err
	}
	s := &Stream{open: m.Open}
	if len(at) == 0 {
		s.text(document...)
		return s, nil
	}
	mark := "DUIJIE" + rand.Text() // stands for content in the encoded document
	for i, a := range at {
		*a.place = codec.Str(mark + strconv.Itoa(i) + "X")
	}
	encoded, err := codec.Encode(nil, v, o)
	if err != nil {
		return nil, err
	}
	return s, s.split(encoded, mark, at)
}

// assignment is a place and the material that goes there.
type assignment struct {
	place    *codec.Value
	material adapter.Material
}

func assign(at []*codec.Value, ms []adapter.Material) (out []assignment, err error) {
	placed := map[string]bool{}
	for _, p := range at {
		for _, m := range ms {
			if p.Kind == codec.String && strings.EqualFold(strings.TrimSpace(p.Text), m.SHA256) {
				out = append(out, assignment{p, m})
				placed[m.SHA256] = true
				break
			}
		}
	}
	if len(out) == 0 && len(ms) > 0 && len(at) >= len(ms) {
		for i, m := range ms {
			out = append(out, assignment{at[i], m})
			placed[m.SHA256] = true
		}
	}
	for _, m := range ms {
		if !placed[m.SHA256] {
			return nil, errNoPlace
		}
	}
	return out, nil
}

// split cuts the document where the marks stand.
func (s *Stream) split(encoded []byte, mark string, at []assignment) error {
	for {
		before, after, found := bytes.Cut(encoded, []byte(mark))
		s.text(before...)
		if !found {
			return nil
		}
		number, rest, _ := bytes.Cut(after, []byte("X"))
		i, err := strconv.Atoi(string(number))
		if err != nil || i >= len(at) {
			return errNoPlace
		}
		s.content(at[i].material.SHA256, at[i].material.Size, true)
		encoded = rest
	}
}
