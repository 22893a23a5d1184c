package mapping

import (
	"encoding/binary"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
)

// pattern is a schema's regular expression. Texts of ASCII, which are most of
// those that a schema gives a pattern, go through a table of states, one look a
// byte; the others through package regexp. Both are made when first asked for.
type pattern struct {
	text  string
	table func() *states
	full  func() *regexp.Regexp
}

// newPattern checks the expression and no more.
func newPattern(text string) (*pattern, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	return &pattern{
		text:  text,
		table: sync.OnceValue(func() *states { return statesOf(re.Simplify()) }),
		full:  sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) }),
	}, nil
}

// String is the expression as written.
func (p *pattern) String() string { return p.text }

// MatchString tells whether the expression matches somewhere in t.
func (p *pattern) MatchString(t string) bool {
	if q := p.table(); q != nil {
		if ok, known := q.match(t); known {
			return ok
		}
	}
	return p.full().MatchString(t)
}

// quick gives the table; nil where the expression is none for a table.
func (p *pattern) quick() *states { return p.table() }

// states is a deterministic automaton over ASCII. State 0 is where nothing can
// match any more, state 1 the start.
type states struct {
	next []([128]uint8)
	sure []bool // matched, whatever follows
	last []bool // matched, if the text ends here
}

func (q *states) match(t string) (ok, known bool) {
	at := uint8(1)
	for i := 0; i < len(t) && !q.sure[at]; i++ {
		if t[i] >= 0x80 {
			return false, false
		}
		if at = q.next[at][t[i]]; at == 0 {
			return false, true
		}
	}
	return q.sure[at] || q.last[at], true
}

// matches is match of a text that is ASCII.
func (q *states) matches(t []byte) bool {
	at := uint8(1)
	for i := 0; i < len(t) && at != 0 && !q.sure[at]; i++ {
		at = q.next[at][t[i]&0x7f]
	}
	return q.sure[at] || q.last[at]
}

const (
	maxStates = 250
	maxInsts  = 2000
)

// automaton is the table under construction, by subsets of the program's places.
type automaton struct {
	prog *syntax.Prog
	free bool // the match may begin anywhere
	q    *states
	seen map[string]uint8
	sets [][]uint32
}

// statesOf gives nil where the expression looks at words or lines or is too large.
func statesOf(re *syntax.Regexp) *states {
	prog, err := syntax.Compile(re)
	if err != nil || len(prog.Inst) > maxInsts {
		return nil
	}
	for i := range prog.Inst {
		op := syntax.EmptyOp(prog.Inst[i].Arg)
		if prog.Inst[i].Op == syntax.InstEmptyWidth && op&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0 {
			return nil
		}
	}
	a := &automaton{prog: prog, free: prog.StartCond()&syntax.EmptyBeginText == 0, q: &states{}, seen: map[string]uint8{}}
	a.add(nil, false)
	a.add([]uint32{uint32(prog.Start)}, true)
	for i := 1; i < len(a.sets); i++ {
		for c := range rune(128) {
			to, ok := a.step(i, c)
			if !ok {
				return nil
			}
			a.q.next[i][c] = to
		}
	}
	return a.q
}

// add gives the number of a set of places, 0 where it is empty; ok is false
// where there are too many.
func (a *automaton) add(places []uint32, begin bool) (uint8, bool) {
	slices.Sort(places)
	places = slices.Compact(places)
	key := []byte{0}
	if begin {
		key[0] = 1
	}
	for _, p := range places {
		key = binary.LittleEndian.AppendUint32(key, p)
	}
	if n, ok := a.seen[string(key)]; ok {
		return n, true
	}
	n := len(a.sets)
	if n >= maxStates {
		return 0, false
	}
	open, sure := a.reach(places, begin, false)
	_, last := a.reach(places, begin, true)
	a.seen[string(key)] = uint8(n)
	a.sets = append(a.sets, open)
	a.q.next = append(a.q.next, [128]uint8{})
	a.q.sure, a.q.last = append(a.q.sure, sure), append(a.q.last, last)
	return uint8(n), true
}

// reach follows what consumes nothing.
func (a *automaton) reach(places []uint32, begin, end bool) (open []uint32, matched bool) {
	stack := slices.Clone(places)
	been := map[uint32]bool{}
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if been[p] {
			continue
		}
		been[p] = true
		switch in := &a.prog.Inst[p]; in.Op {
		case syntax.InstMatch:
			matched = true
		case syntax.InstAlt, syntax.InstAltMatch:
			stack = append(stack, in.Out, in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			stack = append(stack, in.Out)
		case syntax.InstEmptyWidth:
			op := syntax.EmptyOp(in.Arg)
			if (op&syntax.EmptyBeginText == 0 || begin) && (op&syntax.EmptyEndText == 0 || end) {
				stack = append(stack, in.Out)
			}
		case syntax.InstFail:
		default:
			open = append(open, p)
		}
	}
	return open, matched
}

func (a *automaton) step(from int, c rune) (uint8, bool) {
	var to []uint32
	for _, p := range a.sets[from] {
		in := &a.prog.Inst[p]
		fits := false
		switch in.Op {
		case syntax.InstRune1:
			fits = in.Rune[0] == c
		case syntax.InstRune:
			fits = in.MatchRune(c)
		case syntax.InstRuneAny:
			fits = true
		case syntax.InstRuneAnyNotNL:
			fits = c != '\n'
		}
		if fits {
			to = append(to, in.Out)
		}
	}
	if a.free {
		to = append(to, uint32(a.prog.Start))
	}
	return a.add(to, false)
}
