package sql

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// condition is `COLUMN op literal` joined by and and or: alternatives of terms
// that must all hold. None: every row.
type condition [][]term

// term compares a column with a constant.
type term struct {
	column, op, literal string
}

// whereError is a condition that is not one; at counts bytes from 0.
type whereError struct {
	at   int
	text string
}

func (e *whereError) Error() string { return e.text }

// parseWhere reads a condition. Anything but comparisons with and and or is an
// error: no function, no bracket, no comment, no second statement.
func parseWhere(s string) (condition, *whereError) {
	p := &whereParser{s: s}
	var out condition
	var all []term
	for {
		t, err := p.term()
		if err != nil {
			return nil, err
		}
		all = append(all, t)
		at := p.skip()
		switch word := strings.ToLower(p.word()); {
		case word == "and":
		case word == "or":
			out, all = append(out, all), nil
		case word == "" && p.at == len(p.s):
			return append(out, all), nil
		default:
			return nil, &whereError{at, "and, or or the end is expected here"}
		}
	}
}

type whereParser struct {
	s  string
	at int
}

func (p *whereParser) skip() int {
	for p.at < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.at]) >= 0 {
		p.at++
	}
	return p.at
}

// word reads letters, digits, _ and $ (a column's name), a point for none.
func (p *whereParser) word() string {
	from := p.skip()
	for p.at < len(p.s) {
		r, n := utf8.DecodeRuneInString(p.s[p.at:])
		if r != '_' && r != '$' && !unicode.IsLetter(r) && (p.at == from || !unicode.IsDigit(r)) {
			break
		}
		p.at += n
	}
	return p.s[from:p.at]
}

func (p *whereParser) term() (term, *whereError) {
	var t term
	at := p.skip()
	if p.at < len(p.s) && p.s[p.at] == '"' {
		name, ok := p.quoted('"')
		if !ok {
			return t, &whereError{at, "a quote is not closed"}
		}
		t.column = name
	} else {
		t.column = p.word()
	}
	if t.column == "" {
		return t, &whereError{at, "a column is expected here"}
	}
	at = p.skip()
	for _, op := range []string{"<>", "!=", "<=", ">=", "=", "<", ">"} {
		if strings.HasPrefix(p.s[p.at:], op) {
			t.op, p.at = op, p.at+len(op)
			break
		}
	}
	switch t.op {
	case "":
		return t, &whereError{at, "one of = <> < <= > >= is expected here"}
	case "!=":
		t.op = "<>"
	}
	at = p.skip()
	if p.at < len(p.s) && p.s[p.at] == '\'' {
		s, ok := p.quoted('\'')
		if !ok {
			return t, &whereError{at, "a quote is not closed"}
		}
		t.literal = s
		return t, nil
	}
	for p.at < len(p.s) && (strings.IndexByte("0123456789.", p.s[p.at]) >= 0 || p.at == at && p.s[p.at] == '-') {
		p.at++
	}
	t.literal = p.s[at:p.at]
	if !jsonNumber.MatchString(t.literal) {
		return t, &whereError{at, "a number or a text in ' is expected here"}
	}
	return t, nil
}

// quoted reads a text in quotes, a doubled one inside standing for itself.
func (p *whereParser) quoted(q byte) (string, bool) {
	var b strings.Builder
	for p.at++; p.at < len(p.s); p.at++ {
		if p.s[p.at] != q {
			b.WriteByte(p.s[p.at])
			continue
		}
		if p.at+1 < len(p.s) && p.s[p.at+1] == q {
			b.WriteByte(q)
			p.at++
			continue
		}
		p.at++
		return b.String(), true
	}
	return "", false
}

// columns are the names that a condition speaks of.
func (c condition) columns() []string {
	var out []string
	for _, all := range c {
		for _, t := range all {
			out = append(out, t.column)
		}
	}
	return out
}
