package mapping

import (
	"bytes"
	"strings"
	"sync"

	"duijie/internal/codec"
)

// plan is a road as one pass over the source's bytes and one over the target's:
// a trie over the source's paths, with a slot for each leaf that a rule reads,
// and the target's places in the order in which they are written.
//
// It either says "this is the translation" or "ask the tree". It gives up on
// whatever is not the straight case: an error of any kind, a field that no
// schema knows, a doubled member, bytes that are no JSON. So errors need no
// second telling, and the tree walk stays the only place that explains them.
type plan struct {
	r       *road
	source  *srcNode
	widths  []int // of a frame, by list; list 0 is the document itself
	target  *outNode
	guards  []guard
	claims  int
	keys    *keyWalk // nil: no element has one
	counts  int
	spreads int
	dated   bool // a code table changes with the date
	// what the translation tells besides the bytes
	subject, caseNo, localCaseNo told
	idle                         sync.Pool // of *planRun
}

// told is where a text that Made carries comes from.
type told struct {
	slot    int // of the document's frame; -1: it isn't read
	capture int // of what is written; -1: it isn't
}

// maxPlanned bounds a document that the plan reads: slots keep 32 bits.
const maxPlanned = 1 << 30

// planned gives the road's plan; nil where the tree runs it.
func (r *road) planned() *plan {
	if r.lazy == nil {
		return nil
	}
	r.lazy.once.Do(func() { r.lazy.plan = newPlan(r) })
	return r.lazy.plan
}

// translate gives the translation; ok is false where the tree is to be asked.
func (p *plan) translate(dst, in []byte, env *Env) (out []byte, made Made, ok bool) {
	if len(in) > maxPlanned {
		return dst, Made{}, false
	}
	if env == nil {
		env = &Env{}
	}
	run := p.take(env)
	out, made, ok = run.translate(dst, in)
	p.give(run)
	return out, made, ok
}

// planRun is one translation under way. What is here is used again by others
// when it has ended; nothing of it may be kept.
type planRun struct {
	p   *plan
	x   *exec // for what the pipes ask of an execution
	env *Env
	tokeniser
	out      []byte
	at       []cursor
	captured [3][2]int
	claims   []claimed
	spreads  []spread
	counts   []int              // of elements in target lists, while keys are paired
	pairs    map[pairKey]string // of the document's keys
	made     []Pair
	value    codec.Value // to hand over by its address
	bad      bool
}

// cursor is the element at hand at one level of lists.
type cursor struct{ list, base, place int }

func (p *plan) take(env *Env) *planRun {
	run, ok := p.idle.Get().(*planRun)
	if !ok {
		run = &planRun{p: p, x: p.r.exec(env)}
		run.tokeniser.setup(p)
		run.claims, run.counts = make([]claimed, p.claims), make([]int, p.counts)
		run.spreads = make([]spread, p.spreads)
	}
	run.env, run.x.env = env, env
	if p.dated {
		run.x.date = dateOf(env)
	}
	return run
}

func (p *plan) give(run *planRun) {
	run.tokeniser.clear()
	for i := range run.claims {
		run.claims[i].clear()
	}
	run.env, run.x.env, run.out, run.value, run.bad = nil, nil, nil, codec.Value{}, false
	run.captured, run.made = [3][2]int{}, nil
	if len(run.pairs) > keptClaims {
		run.pairs = nil
	}
	clear(run.pairs)
	for i := range run.spreads {
		run.spreads[i].done = false
	}
	p.idle.Put(run)
}

func (r *planRun) translate(dst, in []byte) ([]byte, Made, bool) {
	text, ok := r.p.r.text(in)
	if !ok || !r.tokeniser.document(text, r.p.source) {
		return dst, Made{}, false
	}
	r.out = grown(dst, len(text))
	r.at = append(r.at[:0], cursor{})
	if r.p.keys != nil {
		r.keys(r.p.keys)
	}
	if r.bad {
		return dst, Made{}, false
	}
	if r.object(r.p.target, true)&stateAmiss != 0 {
		r.bad = true
	}
	for _, g := range r.p.guards {
		if r.bad {
			break
		}
		r.bad = !g.holds(r)
	}
	if r.bad {
		return dst, Made{}, false
	}
	made := r.teach()
	if r.p.r.encoded() {
		return r.encode(dst, made)
	}
	if r.p.r.d == ToLocal && r.p.r.held != codec.UTF8 && r.p.r.opts.Format == "json" {
		return r.wire(dst, made)
	}
	return r.out, made, true
}

// text gives a document as JSON in UTF-8.
func (r *road) text(in []byte) (string, bool) {
	switch {
	case r.d == ToLocal || r.opts.Format == "rows" || r.opts.Format == "json" && r.held == codec.UTF8:
		return string(in), true
	case r.opts.Format != "json":
		v, err := codec.Decode(in, r.opts)
		if err != nil {
			return "", false
		}
		return string(codec.AppendJSON(nil, v)), true
	}
	text, err := codec.DocumentText(in, r.opts)
	return text, err == nil
}

// wire writes what was written in the charset of the local side. What that
// doesn't hold is the tree's: it may have a substitute.
func (r *planRun) wire(dst []byte, made Made) ([]byte, Made, bool) {
	text := string(r.out[len(dst):])
	for _, c := range text {
		if c >= 0x80 && !r.p.r.held.Holds(c) {
			return dst, Made{}, false
		}
	}
	out, err := r.p.r.held.Append(r.out[:len(dst)], text)
	return out, made, err == nil
}

// grown makes room for about as much as was read.
func grown(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	out := make([]byte, len(dst), len(dst)+n+n/8+64)
	copy(out, dst)
	return out
}

// teach notes what the national document says of the case.
func (r *planRun) teach() Made {
	m := Made{Pairs: r.made}
	m.Subject, _ = r.tells(r.p.subject)
	if r.p.localCaseNo == untold {
		return m
	}
	n, ok1 := r.tells(r.p.caseNo)
	l, ok2 := r.tells(r.p.localCaseNo)
	if ok1 && ok2 && n != "" && l != "" {
		m.Pairs = append(m.Pairs, Pair{"case", n, l})
	}
	return m
}

func (r *planRun) tells(t told) (string, bool) {
	switch {
	case t.slot >= 0:
		v := r.slabs[0][t.slot]
		return strings.Clone(r.text(v)), v.kind != codec.Absent
	case t.capture >= 0:
		c := r.captured[t.capture]
		if c[0] == c[1] {
			return "", false
		}
		b := r.out[c[0]:c[1]]
		if b[0] == '"' && bytes.IndexByte(b, '\\') < 0 {
			return string(b[1 : len(b)-1]), true
		}
		v, err := codec.FromJSON(b)
		return scalarText(&v), err == nil
	}
	return "", false
}

// encode lets the codec write what is no JSON.
func (r *planRun) encode(dst []byte, made Made) ([]byte, Made, bool) {
	v, err := codec.FromJSON(r.out[len(dst):])
	if err != nil {
		return dst, Made{}, false
	}
	out, err := codec.Encode(r.out[:len(dst)], v, r.p.r.opts)
	return out, made, err == nil
}
