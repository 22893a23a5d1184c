package mapping

import (
	"fmt"
	"strings"

	"duijie/internal/codec"
)

// frame is the object at hand on both sides while rules run.
type frame struct {
	localKey string // of the element, once keys are known
	up       *frame
	src      *codec.Value
	dst      *node
	place    int    // of the element, from 1
	name     string // of a free member
	list     *access
	to       *step  // of the target, where elements become free members
	flat     bool   // the source is the object of the frame above
	inner    bool   // the top of a document inside a document
	by       *bound // the rule whose element it is
}

// exec is one translation under way.
type exec struct {
	prog    *road
	d       Direction
	env     *Env
	errs    Errors
	top     *frame
	order   int
	date    string
	textual bool // the source is of a codec that knows only text
	made    Made
	slab    []node
	memos   []memo
	kept    map[string]kept
	frameOf map[*codec.Value]*frame // the frame of an element, where what no schema knows is kept
	framed  []*frame                // the same, in order
	tracing bool                    // told remembers which rule wrote what
	read    map[string]*bound       // source paths that some rule read, while tracing
	strange map[string]bool         // unknown fields told already
	pairs   map[pairKey]string
	keys    []func() // pairs of keys, when all rules have run
	refs    []func() // references, when all pairs are known
	mints   []func() // references that make an id where none is known, before the others
	unheld  rune     // the character of the charset error that comes next
	links   []func() // what depends on resolved references
	wraps   []func() // inner documents, innermost first
	claims  map[claimKey]*claim
	places  map[claimKey]int // of the canonical form
}

type pairKey struct {
	kind string
	side side
	id   string
}

var absent = codec.Value{}

// fail notes an error. b may be nil.
func (x *exec) fail(b *bound, code, src, dst, text string) {
	e := Error{Code: code, Source: src, Target: dst, Text: text, Rule: x.prog.where}
	if code == "charset" && x.unheld != 0 {
		e.Text += fmt.Sprintf(": U+%04X", x.unheld)
		x.unheld = 0
	}
	if b != nil {
		e.Rule = itself(b.rule)
	}
	x.errs = append(x.errs, e)
}

// itself is the rule's FILE:LINE.
func itself(r *rule) string { return r.file + ":" + itoa(r.at.line) }

// shown is the source path of a frame's object, with indices.
func (x *exec) shown(f *frame) string {
	switch {
	case f == nil || f.up == nil:
		return ""
	case f.flat:
		return x.shown(f.up)
	case f.list == nil:
		return x.shown(f.up)
	}
	s := joinPath(x.shown(x.climbed(f.up, f.list)), pathOf(f.list.steps))
	if f.name != "" {
		return joinPath(s, quoteName(f.name))
	}
	if f.place > 0 {
		return s + "[" + itoa(f.place-1) + "]"
	}
	return s
}

// pathOf writes steps without a last step of many.
func pathOf(steps []step) string {
	var b strings.Builder
	for i, s := range steps {
		switch s.kind {
		case stepField:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(quoteName(s.name))
		case stepIndex:
			b.WriteString("[" + itoa(s.index) + "]")
		case stepEvery:
			if i < len(steps)-1 {
				b.WriteString("[*]")
			}
		case stepSelector:
			if i < len(steps)-1 {
				b.WriteString("[" + s.selector + "]")
			}
		}
	}
	return b.String()
}

// sourcePath is an access's path in the source document.
func (x *exec) sourcePath(f *frame, a *access) string {
	if a == nil {
		return ""
	}
	switch {
	case a.place:
		return joinPath(x.shown(f), "#n")
	case a.key:
		return joinPath(x.shown(f), "#key")
	}
	p := pathOf(a.steps)
	if s, many := a.list(); many && s.kind == stepSelector {
		p += "[" + s.selector + "]"
	}
	if a.abs {
		return p
	}
	return joinPath(x.shown(x.climbed(f, a)), p)
}

// climbed gives the frame whose object an access begins at.
func (x *exec) climbed(f *frame, a *access) *frame {
	if a.abs {
		for f.up != nil && !f.inner {
			f = f.up
		}
		return f
	}
	for i := 0; i < a.up && f.up != nil; i++ {
		f = f.up
	}
	return f
}

// errType and errMany are what reading a path can fail with.
const (
	errType = "type"
	errMany = "selector-many"
)

// get reads the one value that an access names; code tells why it can't.
func (x *exec) get(f *frame, a *access) (*codec.Value, string) {
	switch {
	case a.place:
		return &codec.Value{Kind: codec.Number, Text: itoa(f.place)}, ""
	case a.key:
		return &codec.Value{Kind: codec.String, Text: f.name}, ""
	}
	return x.follow(x.climbed(f, a).src, a, a.steps)
}

func (x *exec) follow(v *codec.Value, a *access, steps []step) (*codec.Value, string) {
	for i := range steps {
		st := &steps[i]
		if st.kind == stepField {
			switch v.Kind {
			case codec.Object:
				m, ok := v.Get(st.name)
				if !ok {
					return &absent, ""
				}
				v = m
				continue
			case codec.Absent, codec.Null:
				return &absent, ""
			case codec.String:
				if x.textual {
					if st.name == "#text" {
						continue
					}
					if strings.TrimSpace(v.Text) == "" || strings.HasPrefix(st.name, "@") {
						return &absent, ""
					}
				}
			case codec.Array:
				if x.textual && len(v.Items) == 1 && v.Items[0].Kind == codec.Object {
					m, ok := v.Items[0].Get(st.name)
					if !ok {
						return &absent, ""
					}
					v = m
					continue
				}
			}
			return &absent, errType
		}
		items, code := x.elements(v)
		if code != "" {
			return &absent, code
		}
		switch st.kind {
		case stepIndex:
			if st.index >= len(items) {
				return &absent, ""
			}
			v = &items[st.index]
		case stepSelector:
			found := -1
			for j := range items {
				if matches(&items[j], st.terms) {
					if found >= 0 {
						return &absent, errMany
					}
					found = j
				}
			}
			if found < 0 {
				return &absent, ""
			}
			v = &items[found]
		default:
			return &absent, errType
		}
	}
	return v, ""
}

// elements reads a list; in a codec of text one value is a list of one.
func (x *exec) elements(v *codec.Value) ([]codec.Value, string) {
	switch v.Kind {
	case codec.Array:
		return v.Items, ""
	case codec.Absent:
		return nil, ""
	case codec.Null:
		if x.d == ToNational {
			return nil, ""
		}
	default:
		if x.textual {
			return []codec.Value{*v}, ""
		}
	}
	return nil, errType
}

// matches tells an element whose fields equal a selector's constants.
func matches(v *codec.Value, terms []term) bool {
	if v.Kind != codec.Object {
		return false
	}
	for i := range terms {
		if terms[i].ref != "" {
			continue
		}
		m, ok := v.Get(terms[i].field)
		if !ok || !isScalar(m) || scalarText(m) != terms[i].value {
			return false
		}
	}
	return true
}

// make gives the target node that an access names, with what leads to it.
func (x *exec) make(f *frame, a *access) *node {
	n := x.climbed(f, a).dst
	return x.lead(n, a, a.steps)
}

func (x *exec) lead(n *node, a *access, steps []step) *node {
	for i := range steps {
		switch st := &steps[i]; st.kind {
		case stepField:
			n = x.child(n, st.name, a.sch[i])
		case stepIndex:
			n = x.item(n, st.index, a.sch[i])
		case stepSelector:
			n = x.selected(n, *st, a.sch[i])
		}
	}
	return n
}

// holder gives the node of the list itself whose elements an access names.
func (x *exec) holder(f *frame, a *access) *node {
	n := x.lead(x.climbed(f, a).dst, a, a.steps[:len(a.steps)-1])
	return n
}

// op is one compiled rule in one direction.
type op interface {
	run(x *exec, f *frame)
}

func runAll(x *exec, f *frame, ops []op) {
	for _, o := range ops {
		o.run(x, f)
	}
}
