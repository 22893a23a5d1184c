// Package propose makes a first mapping table out of what a local system shows of
// itself: a sample document, a JSON Schema, an XSD or a table's DDL.
//
// It compares names (equal ones, pinyin abbreviations, Chinese words) and shapes
// (dates, money, numbers) and marks every guess with how sure it is. It promises
// that what it writes parses, that nothing is guessed about the meaning of codes,
// and that what it did not guess is listed. It never copies a sample's value into
// a file. It is pure: bytes in, files out; it is concurrent-safe and keeps no state.
package propose

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

// Kind says what the source is.
type Kind string

// The kinds of a source.
const (
	Sample Kind = "sample" // a document of Format
	Schema Kind = "schema" // a JSON Schema
	XSD    Kind = "xsd"
	DDL    Kind = "ddl" // CREATE TABLE statements
)

// Input is what a proposal is made from.
type Input struct {
	Type    string // message type of the national profile
	Local   string // name of the local message; empty: Type with dots as hyphens
	Kind    Kind
	Format  string // of a sample: json xml csv
	Charset string // of a sample; empty is UTF-8
	Data    []byte
	Profile fs.FS // TYPE.json and what it refers to
}

// Proposal is the files of a first table and what it came to.
type Proposal struct {
	Local   string
	Files   map[string][]byte // by path inside the pack
	Guessed int               // rules
	Left    int               // local fields without a guess
	Missing []string          // required national fields without a guess
}

// ErrNothing is returned where the source names no field.
var ErrNothing = errors.New("the source names no field")

// New proposes.
func New(in Input) (Proposal, error) {
	if in.Local == "" {
		in.Local = strings.ReplaceAll(in.Type, ".", "-")
	}
	national, err := readNational(in.Profile, in.Type)
	if err != nil {
		return Proposal{}, fmt.Errorf("propose %s: %w", in.Type, err)
	}
	local, schema, err := readLocal(in)
	if err != nil {
		return Proposal{}, fmt.Errorf("propose %s: read the %s: %w", in.Type, in.Kind, err)
	}
	if len(local.children) == 0 {
		return Proposal{}, fmt.Errorf("propose %s: %w", in.Type, ErrNothing)
	}
	if schema == nil {
		schema = writeSchema(local)
	}
	g := &guesser{used: map[*field]bool{}}
	rules := g.pair(national, local, "", "")
	p := Proposal{Local: in.Local, Guessed: g.guessed, Left: len(g.left), Missing: g.missing(national)}
	p.Files = map[string][]byte{
		"mappings/" + in.Type + ".yaml": writeTable(in, rules, g.left, p.Missing, g.open(national)),
		"schemas/" + in.Local + ".json": schema,
	}
	return p, nil
}

func readLocal(in Input) (*field, []byte, error) {
	switch in.Kind {
	case Sample:
		f, err := readSample(in)
		return f, nil, err
	case Schema:
		f, err := readJSONSchema(in.Data, nil)
		return f, append([]byte(strings.TrimSpace(string(in.Data))), '\n'), err
	case XSD:
		f, err := readXSD(in.Data)
		return f, nil, err
	case DDL:
		f, err := readDDL(string(in.Data))
		return f, nil, err
	}
	return nil, nil, fmt.Errorf("no kind %q", in.Kind)
}
