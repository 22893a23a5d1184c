package mapping

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// side is one of the two documents that a rule speaks of.
type side uint8

const (
	nat side = iota
	loc
)

func (s side) other() side { return 1 - s }

func (s side) String() string {
	if s == nat {
		return "nat"
	}
	return "loc"
}

type stepKind uint8

const (
	stepField    stepKind = iota
	stepIndex             // [0]
	stepEvery             // [*]
	stepSelector          // [role=applicant], or [f=.k]: nesting by key
	stepFree              // rating-{*}
)

// term is one equation of a selector.
type term struct {
	field string
	value string
	ref   string // of [field=.ref]
}

type step struct {
	kind     stepKind
	name     string // of a field; the prefix of a free member
	suffix   string // of a free member
	index    int
	terms    []term
	selector string // the terms as written
}

// path is a parsed path of one side.
type path struct {
	raw   string
	abs   bool // begins at the document's top
	up    int  // levels climbed
	self  bool // "."
	place bool // "#n"
	key   bool // "#key"
	steps []step
}

// String gives the path as a person wrote it.
func (p *path) String() string {
	if p == nil {
		return ""
	}
	return p.raw
}

// list tells a path that names many elements, and the step that does.
func (p *path) list() (step, bool) {
	if p == nil || len(p.steps) == 0 {
		return step{}, false
	}
	s := p.steps[len(p.steps)-1]
	return s, s.kind >= stepEvery
}

// nested tells a selector of nesting by key.
func (s step) nested() bool { return s.kind == stepSelector && len(s.terms) > 0 && s.ref() >= 0 }

func (s step) ref() int {
	for i, t := range s.terms {
		if t.ref != "" {
			return i
		}
	}
	return -1
}

// same tells two steps that lead to one place.
func (s step) same(o step) bool {
	return s.kind == o.kind && s.name == o.name && s.suffix == o.suffix && s.index == o.index && s.selector == o.selector
}

var errEmptyPath = errors.New("a path is empty")

func parsePath(raw string) (*path, error) {
	p := &path{raw: raw}
	t := raw
	switch t {
	case "":
		return nil, errEmptyPath
	case ".":
		p.self = true
		return p, nil
	case "#n":
		p.place = true
		return p, nil
	case "#key":
		p.key = true
		return p, nil
	}
	if t[0] == '/' {
		p.abs, t = true, t[1:]
	}
	for !p.abs && strings.HasPrefix(t, "^") {
		p.up++
		t = t[1:]
		if t == "" {
			p.self = true
			return p, nil
		}
		t = strings.TrimPrefix(t, ".")
	}
	first := true
	for t != "" {
		var err error
		if !first || t[0] != '[' {
			var s step
			if s, t, err = parseName(t); err != nil {
				return nil, err
			}
			p.steps = append(p.steps, s)
		}
		first = false
		for t != "" && t[0] == '[' {
			var s step
			if s, t, err = parseBracket(t); err != nil {
				return nil, err
			}
			p.steps = append(p.steps, s)
		}
		if t == "" {
			break
		}
		if t[0] != '.' {
			return nil, fmt.Errorf("path %q: a point or the end is expected before %q", raw, t)
		}
		if t = t[1:]; t == "" {
			return nil, fmt.Errorf("path %q ends with a point", raw)
		}
	}
	if len(p.steps) == 0 {
		return nil, errEmptyPath
	}
	return p, nil
}

func parseName(t string) (step, string, error) {
	if t[0] == '"' {
		end := quoteEnd(t[1:])
		if end < 0 {
			return step{}, "", fmt.Errorf("path: a quote has no end in %q", t)
		}
		name := strings.ReplaceAll(t[1:1+end], `\"`, `"`)
		if i := strings.Index(name, "{*}"); i >= 0 {
			return step{kind: stepFree, name: name[:i], suffix: name[i+3:]}, t[end+2:], nil
		}
		return step{kind: stepField, name: name}, t[end+2:], nil
	}
	end := strings.IndexAny(t, `.[]"`)
	if end < 0 {
		end = len(t)
	}
	name := t[:end]
	if i := strings.Index(name, "{*}"); i >= 0 {
		return step{kind: stepFree, name: name[:i], suffix: name[i+3:]}, t[end:], nil
	}
	if name == "" || strings.ContainsAny(name, "{}^") || strings.TrimSpace(name) != name {
		return step{}, "", fmt.Errorf("path: %q is no name", name)
	}
	return step{kind: stepField, name: name}, t[end:], nil
}

// quoteEnd is where a quoted name ends; \" is a quote in it.
func quoteEnd(t string) int {
	for i := range len(t) {
		if t[i] == '"' && (i == 0 || t[i-1] != '\\') {
			return i
		}
	}
	return -1
}

func parseBracket(t string) (step, string, error) {
	end := bracketEnd(t)
	if end < 0 {
		return step{}, "", fmt.Errorf("path: a bracket has no end in %q", t)
	}
	in, rest := t[1:end], t[end+1:]
	if in == "*" {
		return step{kind: stepEvery}, rest, nil
	}
	if allDigits(in) {
		n, err := strconv.Atoi(in)
		if err != nil || n > 9999 {
			return step{}, "", fmt.Errorf("path: index %q is too large", in)
		}
		return step{kind: stepIndex, index: n}, rest, nil
	}
	s := step{kind: stepSelector, selector: in}
	for _, part := range splitTerms(in) {
		field, value, ok := strings.Cut(part, "=")
		field, value = strings.TrimSpace(field), strings.TrimSpace(value)
		if !ok || field == "" || value == "" {
			return step{}, "", fmt.Errorf("path: selector %q has no FIELD=VALUE", in)
		}
		x := term{field: strings.Trim(field, `"`), value: value}
		switch {
		case len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"':
			x.value = value[1 : len(value)-1]
		case value[0] == '.' && len(value) > 1:
			x.ref, x.value = value[1:], ""
		}
		s.terms = append(s.terms, x)
	}
	return s, rest, nil
}

func bracketEnd(t string) int {
	quoted := false
	for i := 1; i < len(t); i++ {
		switch t[i] {
		case '"':
			quoted = !quoted
		case ']':
			if !quoted {
				return i
			}
		}
	}
	return -1
}

func splitTerms(in string) []string {
	var out []string
	quoted, start := false, 0
	for i := 0; i < len(in); i++ {
		switch {
		case in[i] == '"':
			quoted = !quoted
		case !quoted && strings.HasPrefix(in[i:], " & "):
			out = append(out, in[start:i])
			start = i + 3
		}
	}
	return append(out, in[start:])
}

// joinPath writes names below a prefix, as findings and errors show them.
func joinPath(prefix, p string) string {
	switch {
	case p == "" || p == ".":
		return prefix
	case prefix == "" || p[0] == '/':
		return p
	case p[0] == '[':
		return prefix + p
	}
	return prefix + "." + p
}

// quoteName quotes a field's name where a path needs it.
func quoteName(name string) string {
	if strings.ContainsAny(name, `.[]{}"`) {
		return `"` + strings.ReplaceAll(name, `"`, `\"`) + `"`
	}
	return name
}
