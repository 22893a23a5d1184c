// Package yamlnode reads YAML strictly, for duijie.yaml and pack.yaml: every
// node keeps its line and column, an unknown key is an error with the nearest
// known name, a key that stands twice is an error, and reading goes on after a
// finding, so that all of them come at once. A finding never quotes a value.
//
// It opens no file. A Reader belongs to one goroutine.
package yamlnode

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v4"
)

// Finding is one thing wrong, at a place.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"` // error, warning, info
	Code     string `json:"code"`
	Message  string `json:"message"`
	Hint     string `json:"hint"`
}

// String is FILE:LINE:COL: severity[code]: message, and the hint on a second line.
func (f Finding) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s[%s]: %s", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message)
	if f.Hint != "" {
		s += "\n  " + f.Hint
	}
	return s
}

// Limits of a document after its aliases are written out.
const (
	maxNodes = 100_000
	maxDepth = 64
)

// Reader gathers findings about one file.
type Reader struct {
	File     string
	findings []Finding
}

// Parse reads one document. Nil means that it is no YAML, which is then a finding.
// An empty document is an empty mapping.
func (r *Reader) Parse(raw []byte) *yaml.Node {
	var documents []yaml.Node
	if err := yaml.Load(raw, &documents, yaml.WithAllDocuments()); err != nil {
		r.syntax(err)
		return nil
	}
	if len(documents) == 0 || len(documents[0].Content) == 0 {
		return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: 1, Column: 1}
	}
	if len(documents) > 1 && len(documents[1].Content) > 0 {
		r.Error(documents[1].Content[0], "syntax", "one document is expected, here begins another")
		return nil
	}
	budget := maxNodes
	root, err := expand(documents[0].Content[0], maxDepth, &budget)
	if err != nil {
		r.Error(documents[0].Content[0], "syntax", "%v", err)
		return nil
	}
	return root
}

func (r *Reader) syntax(err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	text := "no YAML"
	var many *yaml.LoadErrors
	if errors.As(err, &many) && len(many.Errors) > 0 {
		err = many.Errors[0]
	}
	var one *yaml.LoadError
	if errors.As(err, &one) {
		text = one.Message
		if one.Mark.Line > 0 {
			at.Line, at.Column = one.Mark.Line, max(one.Mark.Column, 1)
		}
	}
	r.Error(at, "syntax", "%s", text)
}

// expand writes aliases out, within bounds.
func expand(n *yaml.Node, depth int, budget *int) (*yaml.Node, error) {
	if *budget--; *budget < 0 || depth < 0 {
		return nil, errors.New("the document is too large or too deep with its aliases written out")
	}
	if n.Kind == yaml.AliasNode {
		return expand(n.Alias, depth-1, budget)
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		e, err := expand(c, depth-1, budget)
		if err != nil {
			return nil, err
		}
		out.Content[i] = e
	}
	return &out, nil
}

// Add records a finding as it stands.
func (r *Reader) Add(f Finding) { r.findings = append(r.findings, f) }

// Error records what is wrong at a node.
func (r *Reader) Error(at *yaml.Node, code, format string, args ...any) {
	r.add("error", at, code, "", fmt.Sprintf(format, args...))
}

// Warn records what is doubtful at a node.
func (r *Reader) Warn(at *yaml.Node, code, format string, args ...any) {
	r.add("warning", at, code, "", fmt.Sprintf(format, args...))
}

func (r *Reader) add(severity string, at *yaml.Node, code, hint, message string) {
	f := Finding{File: r.File, Line: 1, Col: 1, Severity: severity, Code: code, Message: message, Hint: hint}
	if at != nil && at.Line > 0 {
		f.Line, f.Col = at.Line, at.Column
	}
	r.findings = append(r.findings, f)
}

// Findings are all of them, by file, line and column, each once.
func (r *Reader) Findings() []Finding { return Sort(r.findings) }

// Sort orders findings by file, line and column and removes repeats.
func Sort(fs []Finding) []Finding {
	fs = slices.Clone(fs)
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), cmp.Compare(a.Code, b.Code))
	})
	return slices.Compact(fs)
}

// Failed tells whether one of them is an error.
func Failed(fs []Finding) bool {
	return slices.ContainsFunc(fs, func(f Finding) bool { return f.Severity == "error" })
}
