package mapping

import (
	"fmt"
	slashpath "path"
	"sort"

	"go.yaml.in/yaml/v4"
)

// pos is a place in a file of the pack.
type pos struct {
	file      string // inside the pack
	line, col int
}

func at(file string, n *yaml.Node) pos { return pos{file, n.Line, n.Column} }

// lint gathers findings. A finding made twice is kept once: a shared group is
// checked at each of its uses.
type lint struct {
	name string // the pack's folder as given
	out  []Finding
	seen map[Finding]bool
	// errors counts every error found, those found before too: a file that uses a
	// broken group is as broken as the first that did.
	errors int
}

func newLint(name string) *lint { return &lint{name: name, seen: map[Finding]bool{}} }

const (
	sevError   = "error"
	sevWarning = "warning"
	sevInfo    = "info"
)

// howMany is a number with its noun: 1 element, 2 elements.
func howMany(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

func (l *lint) add(f Finding, p pos) { l.tell(f, p, false) }

// tell adds a finding; rule: it is about one rule, whose place says which.
func (l *lint) tell(f Finding, p pos, rule bool) {
	f.File, f.Line, f.Col = p.file, max(p.line, 1), max(p.col, 1)
	if l.name != "" {
		f.File = slashpath.Join(l.name, p.file)
		if l.name[0] == '.' && (len(l.name) == 1 || l.name[1] == '/') {
			f.File = l.name + "/" + p.file
		}
	}
	if f.Severity == sevError {
		l.errors++
	}
	same := f
	if rule {
		// A group is read once for each use, a column once for each number: the rule's fault is one.
		same = Finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code}
	}
	if l.seen[same] {
		return
	}
	l.seen[same] = true
	l.out = append(l.out, f)
}

func (l *lint) errorf(p pos, code, format string, args ...any) {
	l.add(Finding{Severity: sevError, Code: code, Message: fmt.Sprintf(format, args...)}, p)
}

// about adds a finding that belongs to a rule.
func (l *lint) about(sev string, p pos, code string, b *bound, hint, format string, args ...any) {
	f := Finding{Severity: sev, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint}
	if b != nil {
		f.Nat, f.Loc = b.display(nat), b.display(loc)
	}
	l.tell(f, p, b != nil)
}

// sorted gives the findings by file and line.
func (l *lint) sorted() []Finding {
	sort.SliceStable(l.out, func(i, j int) bool {
		a, b := &l.out[i], &l.out[j]
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Col != b.Col:
			return a.Col < b.Col
		case a.Code != b.Code:
			return a.Code < b.Code
		}
		return a.Message < b.Message
	})
	return l.out
}

func hasErrors(fs []Finding) bool {
	for i := range fs {
		if fs[i].Severity == sevError {
			return true
		}
	}
	return false
}
