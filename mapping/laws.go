package mapping

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"duijie/internal/codec"
)

// LawResult is one law over one type.
type LawResult struct {
	Type           string `json:"type"`
	Law            string `json:"law"`
	OK             bool   `json:"ok"`
	Documents      int    `json:"documents"`
	Reached        int    `json:"reached"`
	Rule           string `json:"rule"`
	Detail         string `json:"detail,omitempty"`
	Counterexample string `json:"counterexample"`

	errors map[string]int // of the documents that did not reach it
}

// TestOptions say how the laws are tried.
type TestOptions struct {
	Type string // one type; empty: all
	N    int    // random documents a type; 0: 100
	Seed uint64
	IDs  IDs // nil: the same on both sides; asked by several goroutines at once
}

// Report is what mapping test found.
type Report struct {
	Laws     []LawResult     `json:"laws"`
	Fixtures []FixtureResult `json:"fixtures"`
}

// OK tells whether all laws hold and all fixtures match.
func (r Report) OK() bool {
	return !slices.ContainsFunc(r.Laws, func(l LawResult) bool { return !l.OK }) &&
		!slices.ContainsFunc(r.Fixtures, func(f FixtureResult) bool { return !f.OK })
}

// Test tries the laws on random documents, and the golden pairs.
func (s *Set) Test(o TestOptions) (Report, error) {
	var rep Report
	if o.N <= 0 {
		o.N = 100
	}
	types := s.types
	if o.Type != "" {
		types = slices.DeleteFunc(slices.Clone(types), func(typ string) bool { return typ != o.Type })
	}
	parts := make([]part, len(types))
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(types)) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(types)); i = next.Add(1) - 1 {
				parts[i] = s.test(types[i], o)
			}
		})
	}
	all.Wait()
	for _, p := range parts {
		if p.err != nil {
			return rep, p.err
		}
		rep.Fixtures = append(rep.Fixtures, p.fixtures...)
		rep.Laws = append(rep.Laws, p.laws...)
	}
	return rep, nil
}

// part is one type's share of a report: types know nothing of each other.
type part struct {
	fixtures []FixtureResult
	laws     []LawResult
	err      error
}

func (s *Set) test(typ string, o TestOptions) part {
	fixtures, err := s.Fixtures(typ)
	if err != nil {
		return part{err: err}
	}
	return part{fixtures: fixtures, laws: s.laws(typ, o)}
}

// trial tries the laws on one type.
type trial struct {
	p    *Program
	c    *compiler
	env  Env
	laws map[string]*LawResult
	list []string
}

func (s *Set) laws(typ string, o TestOptions) []LawResult {
	now := StandingClock()
	t := &trial{p: s.programs[typ], c: s.files[typ], laws: map[string]*LawResult{}}
	t.env = Env{Now: now, Time: now, Receipt: "00000000-0000-7000-8000-000000000000", Key: strings.Repeat("0", 32), Unit: "000000", IDs: o.IDs}
	if o.IDs == nil {
		t.env.IDs = ListedIDs{}
	}
	for _, d := range directions {
		if !t.p.direction.has(d) {
			continue
		}
		r := rand.New(rand.NewPCG(o.Seed, uint64(len(typ))))
		g := t.c.generator(source(d), r)
		for range o.N {
			doc := g.document()
			t.try(d, &doc, g)
		}
		t.honesty(d, g, o.N)
	}
	var out []LawResult
	for _, name := range t.list {
		l := t.laws[name]
		l.Type = typ
		if l.OK && l.Reached*10 < l.Documents {
			l.OK, l.Detail = false, "fewer than a tenth of the documents reached the law"
			if e := l.commonError(); e != "" {
				l.Detail += ": " + e
			}
		}
		out = append(out, *l)
	}
	return out
}

func (t *trial) law(name string) *LawResult {
	l, ok := t.laws[name]
	if !ok {
		l = &LawResult{Law: name, OK: true}
		t.laws[name] = l
		t.list = append(t.list, name)
	}
	return l
}

// commonError is what stopped most documents.
func (l *LawResult) commonError() string {
	best := ""
	for e, n := range l.errors {
		if n > l.errors[best] || n == l.errors[best] && e < best {
			best = e
		}
	}
	return best
}

// verdict is what a law says of one document.
type verdict struct {
	reached bool
	detail  string // empty: it holds
	err     error  // why it was not reached
	rule    *bound
}

func (t *trial) judge(name string, d Direction, doc *codec.Value, law func(*codec.Value) verdict) {
	l := t.law(name)
	l.Documents++
	v := law(doc)
	if v.reached {
		l.Reached++
	} else if v.err != nil {
		if l.errors == nil {
			l.errors = map[string]int{}
		}
		l.errors[unindexed(firstError(v.err))]++
	}
	if v.detail == "" || !l.OK {
		return
	}
	// What is made smaller stays a document of the source schema, where it was one.
	s := t.c.docSchema[source(d)]
	valid := invalid(doc, s, "", nil) == ""
	small := shrink(doc, func(c *codec.Value) bool {
		if valid && invalid(c, s, "", nil) != "" {
			return false
		}
		w := law(c)
		if w.detail != "" { // a law that draws lots may not fail again
			v = w
		}
		return w.detail != ""
	})
	l.OK, l.Detail = false, v.detail
	if v.rule != nil {
		l.Rule = itself(v.rule.rule)
	}
	l.Counterexample = string(codec.AppendJSON(nil, small))
}

// wire gives a document's bytes on its side.
func (t *trial) wire(s side, doc *codec.Value) ([]byte, error) {
	if s == nat {
		return codec.AppendJSON(nil, *doc), nil
	}
	return codec.Encode(nil, *doc, t.c.src.options(ToNational))
}

func (t *trial) try(d Direction, doc *codec.Value, g *generator) {
	t.judge("totality", d, doc, func(v *codec.Value) verdict { return t.totality(d, v) })
	t.judge("determinism", d, doc, func(v *codec.Value) verdict { return t.determinism(d, v) })
	t.judge("isolation", d, doc, func(v *codec.Value) verdict { return t.isolation(d, v, g) })
	if t.p.direction != roadsBoth {
		return
	}
	name := "there-and-back"
	if d == ToNational {
		name = "local-there-and-back"
	}
	t.judge(name, d, doc, func(v *codec.Value) verdict { return t.thereAndBack(d, v, false) })
	if t.remembers(d) {
		t.judge("get-put", d, doc, func(v *codec.Value) verdict { return t.thereAndBack(d, v, true) })
	}
	if t.keeps() {
		t.judge("put-get", d, doc, func(v *codec.Value) verdict { return t.kept(d, v) })
	}
	t.judge("stability", d, doc, func(v *codec.Value) verdict { return t.stability(d, v) })
}

func (t *trial) run(d Direction, doc *codec.Value) ([]byte, error) {
	b, err := t.wire(source(d), doc)
	if err != nil {
		return nil, err
	}
	env := t.env
	out, _, err := t.p.translate(nil, b, &env, d)
	return out, err
}

func (t *trial) road(d Direction) *road {
	if d == ToLocal {
		return t.p.roads[0]
	}
	return t.p.roads[1]
}

func firstError(err error) string {
	if es, ok := err.(Errors); ok && len(es) > 0 {
		return errorWords(es[:1])
	}
	return err.Error()
}
