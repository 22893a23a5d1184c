// Package template fills the placeholders of adapter settings: {key},
// {now:yyyyMMdd}, {body.a.b} and the like, in paths, queries, headers, file
// names and answers.
//
// It promises that a value never leaves the place that it was put into: it adds
// no path segment, no query field, no header line, no folder and no markup. A
// placeholder without a value is an error of type *Missing, a value that its
// place cannot hold one of type *Refused; neither quotes the value. Templates are
// immutable and safe for concurrent use.
package template

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Values gives a placeholder's value; ok is false where there is none. arg is
// what follows the colon, or for body the path.
type Values func(name, arg string) (value string, ok bool)

// Missing is a placeholder that has no value.
type Missing struct{ Name string }

func (m *Missing) Error() string { return "placeholder {" + m.Name + "} has no value" }

// Refused is a placeholder whose value its place cannot hold.
type Refused struct{ Name, Why string }

func (r *Refused) Error() string { return "placeholder {" + r.Name + "} " + r.Why }

type part struct {
	literal   string
	name, arg string // name is empty for a literal
}

func (p part) spelled() string {
	switch {
	case p.arg == "":
		return p.name
	case p.name == "body":
		return p.name + "." + p.arg
	}
	return p.name + ":" + p.arg
}

// Template is a text with placeholders.
type Template struct {
	source string
	parts  []part
}

// placeholder is a name, with a path or an argument; other braces are literal.
var placeholder = regexp.MustCompile(`\{([a-zA-Z][a-zA-Z0-9]*)(?:\.([^{}]+)|:([^{}]+))?\}`)

// Message lists the placeholders of a message on its way out.
var Message = []string{"key", "subject", "receipt", "type", "unit", "localRef", "now", "seq", "body.PATH"}

// Compile reads a template whose placeholders are among the names allowed.
func Compile(source string, allowed ...string) (*Template, error) {
	t := &Template{source: source}
	at := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(source, -1) {
		group := func(i int) string {
			if m[2*i] < 0 {
				return ""
			}
			return source[m[2*i]:m[2*i+1]]
		}
		p := part{name: group(1), arg: group(2) + group(3)}
		if err := check(p, m[4] >= 0, allowed); err != nil {
			return nil, err
		}
		if m[0] > at {
			t.parts = append(t.parts, part{literal: source[at:m[0]]})
		}
		t.parts, at = append(t.parts, p), m[1]
	}
	if at < len(source) {
		t.parts = append(t.parts, part{literal: source[at:]})
	}
	return t, nil
}

func check(p part, dotted bool, allowed []string) error {
	known := false
	for _, a := range allowed {
		known = known || a == p.name && !(a == "body" && dotted) || a == "body.PATH" && p.name == "body" && dotted
	}
	switch {
	case !known:
		return fmt.Errorf("no placeholder {%s} here", p.spelled())
	case p.name == "body":
	case p.name == "now" || p.name == "seq" || p.name == "values" || p.name == "header":
		if p.arg == "" || dotted {
			return fmt.Errorf("{%s:…} needs an argument", p.name)
		}
	case p.arg != "":
		return fmt.Errorf("{%s} takes no argument", p.name)
	}
	if p.name == "now" {
		return CheckPattern(p.arg)
	}
	if p.name == "seq" {
		if width, err := strconv.Atoi(p.arg); err != nil || width < 1 || width > 18 {
			return fmt.Errorf("{%s}: the width is a number from 1 to 18", p.spelled())
		}
	}
	return nil
}

// Source is the template as written.
func (t *Template) Source() string { return t.source }

// Uses tells whether the template has a placeholder of that name.
func (t *Template) Uses(name string) bool {
	for _, p := range t.parts {
		if p.name == name {
			return true
		}
	}
	return false
}

// Render fills the template, each value encoded for its place.
func (t *Template) Render(place Place, values Values) (string, error) {
	var b strings.Builder
	for _, p := range t.parts {
		if p.name == "" {
			b.WriteString(p.literal)
			continue
		}
		v, ok := values(p.name, p.arg)
		if !ok {
			return "", &Missing{Name: p.spelled()}
		}
		encoded, why := place(v)
		if why != "" {
			return "", &Refused{Name: p.spelled(), Why: why}
		}
		b.WriteString(encoded)
	}
	return b.String(), nil
}
