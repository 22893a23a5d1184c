package schemas

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
)

// pattern is a regular expression as a table: from state and byte to state. It
// is built from the program that package regexp itself would run, and it may
// only say that a text surely matches: what has bytes beyond ASCII is left to
// the library. An expression that makes no small table is run as it is.
type pattern struct {
	next []uint8 // state<<7 | byte → state; 0 is the state that nothing leads out of
	ends []bool  // that a text may end in the state
	re   *regexp.Regexp
}

// maxStates bounds a table at 32 KB.
const maxStates = 255

// match says that text surely matches.
func (p *pattern) match(text []byte) bool {
	if p.re != nil {
		return p.re.Match(text)
	}
	state := uint8(1)
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
		if state = p.next[int(state)<<7|int(c)]; state == 0 {
			return false
		}
	}
	return p.ends[state]
}

// newPattern reads an expression as the library does: by package regexp,
// anchored at neither end.
func newPattern(expr string) (*pattern, error) {
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", expr, err)
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", expr, err)
	}
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, fmt.Errorf("pattern %s: %w", expr, err)
	}
	t := tabling{prog: prog, states: map[string]uint8{}, p: &pattern{next: make([]uint8, 128), ends: make([]bool, 1)}}
	if !t.run() {
		return &pattern{re: re}, nil
	}
	return t.p, nil
}

// tabling makes states of sets of places in a program.
type tabling struct {
	prog   *syntax.Prog
	states map[string]uint8
	sets   [][]uint32 // of the states from 1 on
	p      *pattern
}

// run builds all states; false where the program looks at more than its text's
// two ends, or has too many.
func (t *tabling) run() bool {
	for _, inst := range t.prog.Inst {
		if inst.Op == syntax.InstEmptyWidth && syntax.EmptyOp(inst.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return false
		}
	}
	t.state(t.reach([]uint32{uint32(t.prog.Start)}, true, false), true)
	for s := 1; s <= len(t.sets); s++ {
		set := t.sets[s-1]
		for c := range 128 {
			t.p.next[s<<7|c] = t.state(t.step(set, rune(c)), false)
		}
		if len(t.sets) > maxStates {
			return false
		}
	}
	return true
}

// state gives the number of a set of places; begin says that no byte was read.
func (t *tabling) state(set []uint32, begin bool) uint8 {
	if len(set) == 0 || len(t.sets) > maxStates {
		return 0
	}
	key := fmt.Sprint(begin, set)
	s, there := t.states[key]
	if !there {
		t.sets = append(t.sets, set)
		s = uint8(len(t.sets))
		t.states[key] = s
		t.p.next = append(t.p.next, make([]uint8, 128)...)
		t.p.ends = append(t.p.ends, t.matches(t.reach(set, begin, true)))
	}
	return s
}

// step is where a byte leads. A match that needs no end stays one, and a match
// may begin at any byte.
func (t *tabling) step(set []uint32, c rune) []uint32 {
	if t.matches(set) {
		return set
	}
	out := []uint32{uint32(t.prog.Start)}
	for _, pc := range set {
		switch inst := &t.prog.Inst[pc]; inst.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			if inst.MatchRune(c) {
				out = append(out, inst.Out)
			}
		}
	}
	return t.reach(out, false, false)
}

func (t *tabling) matches(set []uint32) bool {
	return slices.ContainsFunc(set, func(pc uint32) bool { return t.prog.Inst[pc].Op == syntax.InstMatch })
}

// reach follows what reads no byte. Places that wait for the text's end stay in
// the set until end is true.
func (t *tabling) reach(from []uint32, begin, end bool) []uint32 {
	var out []uint32
	seen := make([]bool, len(t.prog.Inst))
	todo := slices.Clone(from)
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc] {
			continue
		}
		seen[pc] = true
		inst := &t.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstFail:
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstEmptyWidth:
			at := syntax.EmptyOp(inst.Arg)
			switch {
			case at&syntax.EmptyBeginText != 0 && !begin:
			case at&syntax.EmptyEndText != 0 && !end:
				out = append(out, pc)
			default:
				todo = append(todo, inst.Out)
			}
		default:
			out = append(out, pc)
		}
	}
	slices.Sort(out)
	return out
}
