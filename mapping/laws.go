package mapping

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// LawResult is one law over one type.
type LawResult struct {
	Type           string `json:"type"`
	Law            string `json:"law"`
	OK             bool   `json:"ok"`
	Documents      int    `json:"documents"`
	Reached        int    `json:"reached"`
	Rule           string `json:"rule,omitempty"`
	Detail         string `json:"detail,omitempty"`
	Counterexample string `json:"counterexample,omitempty"`

	errors map[string]int // of the documents that did not reach it
}

// TestOptions say how the laws are tried.
type TestOptions struct {
	Type string // one type; empty: all
	N    int    // random documents a type; 0: 100
	Seed uint64
	IDs  IDs // nil: the same on both sides
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
	for _, typ := range s.types {
		if o.Type != "" && o.Type != typ {
			continue
		}
		fixtures, err := s.Fixtures(typ)
		if err != nil {
			return rep, err
		}
		rep.Fixtures = append(rep.Fixtures, fixtures...)
		rep.Laws = append(rep.Laws, s.laws(typ, o)...)
	}
	return rep, nil
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
		l.errors[indexPart.ReplaceAllString(firstError(v.err), "[]")]++
	}
	if v.detail == "" || !l.OK {
		return
	}
	small := shrink(doc, func(c *codec.Value) bool { return law(c).detail != "" })
	v = law(&small)
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

// totality: valid for the target schema less excused fields, or a declared error.
func (t *trial) totality(d Direction, doc *codec.Value) verdict {
	out, err := t.run(d, doc)
	if err != nil {
		if _, ok := err.(Errors); !ok {
			return verdict{}
		}
		return verdict{err: err}
	}
	r := t.road(d)
	v, err := r.readTarget(out)
	if err != nil {
		return verdict{reached: true, detail: "what was written cannot be read"}
	}
	to := source(d).other()
	if to == loc && textualFormat(t.c.format(d)) {
		v = typedTree(&v, t.c.docSchema[loc])
	}
	if at := invalid(&v, t.c.docSchema[to], "", r.excused); at != "" {
		return verdict{reached: true, detail: "the target is not valid at " + at}
	}
	return verdict{reached: true}
}

// invalid gives the first place where a document breaks its schema; excused fields may be missing.
func invalid(v *codec.Value, s *schema, full string, excused map[string]bool) string {
	switch v.Kind {
	case codec.Object:
		if s.types&tObject == 0 {
			return orSelf(full)
		}
		for _, p := range s.props {
			at := joinPath(full, quoteName(p.name))
			if _, ok := v.Get(p.name); p.required && !ok && !excused[at] {
				return at
			}
		}
		for i := range v.Members {
			m := &v.Members[i]
			at := joinPath(full, quoteName(m.Name))
			p, _ := s.get(m.Name)
			if p == nil {
				return at
			}
			if w := invalid(&m.Value, p, at, excused); w != "" {
				return w
			}
		}
		return ""
	case codec.Array:
		if s.types&tArray == 0 {
			return orSelf(full)
		}
		for i := range v.Items {
			if w := invalid(&v.Items[i], s.element(), full+"[]", excused); w != "" {
				return w
			}
		}
		return ""
	}
	if s.violates(v) != "" {
		return orSelf(full)
	}
	return ""
}

func (t *trial) determinism(d Direction, doc *codec.Value) verdict {
	a, err1 := t.run(d, doc)
	b, err2 := t.run(d, doc)
	if (err1 == nil) != (err2 == nil) || err1 != nil && errorWords(err1) != errorWords(err2) || !bytes.Equal(a, b) {
		return verdict{reached: true, detail: "two runs differ"}
	}
	return verdict{reached: true}
}

// thereAndBack: what comes back is the canonical form less declared losses.
func (t *trial) thereAndBack(d Direction, doc *codec.Value, remember bool) verdict {
	b, err := t.wire(source(d), doc)
	if err != nil {
		return verdict{err: err}
	}
	env := t.env
	out, made, err := t.p.translate(nil, b, &env, d)
	if err != nil {
		return verdict{err: err}
	}
	if remember {
		env.Remembered = made.Remember
	}
	back, _, err := t.p.translate(nil, out, &env, opposite(d))
	if err != nil && d == ToNational && onlyCodes(err, "text-long") {
		return verdict{err: err} // longer than the local system ever says
	}
	if err != nil {
		return verdict{reached: true, detail: "the way back fails: " + errorWords(err)}
	}
	s := source(d)
	got, err := t.road(opposite(d)).readTarget(back)
	if err != nil {
		return verdict{reached: true, detail: "what came back cannot be read"}
	}
	in := *doc
	f := t.c.canonical(s, &in, &env, remember)
	if s == loc && textualFormat(t.c.format(ToLocal)) {
		got, f.doc = typedTree(&got, t.c.docSchema[loc]), typedTree(&f.doc, t.c.docSchema[loc])
	}
	if ds := f.compare(&got, t.c.imager(d)); len(ds) > 0 {
		return verdict{reached: true, detail: differenceWords(ds), rule: t.ruleAt(s, ds)}
	}
	return verdict{reached: true}
}

// remembers tells whether a rule outside of lists without key loses and remembers.
func (t *trial) remembers(d Direction) bool {
	found := false
	t.c.each(t.c.top, func(b *bound) { found = found || b.remember && b.loses(d) && b.shape == "plain" && b.sc.owner == nil })
	return found
}

// ruleAt finds the rule that speaks of the first place that differs.
func (t *trial) ruleAt(s side, ds []difference) *bound {
	if ds[0].rule != nil {
		return ds[0].rule
	}
	full := indexPart.ReplaceAllString(ds[0].path, "[]")
	var best *bound
	t.c.each(t.c.top, func(b *bound) {
		for _, a := range b.acc[s] {
			if within(full, a.full) && (best == nil || len(a.full) >= len(best.a(s).full)) {
				best = b
			}
		}
	})
	return best
}

// stability: a second round trip changes nothing.
func (t *trial) stability(d Direction, doc *codec.Value) verdict {
	out, err := t.run(d, doc)
	if err != nil {
		return verdict{err: err}
	}
	env := t.env
	back, _, err := t.p.translate(nil, out, &env, opposite(d))
	if err != nil {
		return verdict{}
	}
	again, _, err := t.p.translate(nil, back, &env, d)
	if err != nil {
		return verdict{reached: true, detail: "the second way there fails: " + errorWords(err)}
	}
	back2, _, err := t.p.translate(nil, again, &env, opposite(d))
	if err != nil {
		return verdict{reached: true, detail: "the second way back fails: " + errorWords(err)}
	}
	if !bytes.Equal(back, back2) {
		return verdict{reached: true, detail: "the second round trip gives other bytes"}
	}
	return verdict{reached: true}
}

func onlyCodes(err error, codes ...string) bool {
	es, ok := err.(Errors)
	return ok && !slices.ContainsFunc(es, func(e Error) bool { return !slices.Contains(codes, e.Code) })
}

func firstError(err error) string {
	if es, ok := err.(Errors); ok && len(es) > 0 {
		return errorWords(es[:1])
	}
	return err.Error()
}

// shrink removes members and elements as long as the document still fails.
func shrink(doc *codec.Value, fails func(*codec.Value) bool) codec.Value {
	best := clone(doc)
	for budget := 400; budget > 0; {
		smaller := false
		for _, c := range smallerOnes(&best) {
			if budget--; budget <= 0 {
				break
			}
			if fails(&c) {
				best, smaller = c, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return best
}

func clone(v *codec.Value) codec.Value {
	out := *v
	out.Items, out.Members = nil, nil
	for i := range v.Items {
		out.Items = append(out.Items, clone(&v.Items[i]))
	}
	for i := range v.Members {
		out.Members = append(out.Members, codec.Member{Name: v.Members[i].Name, Value: clone(&v.Members[i].Value)})
	}
	return out
}

// smallerOnes are the documents with one member or element less.
func smallerOnes(v *codec.Value) []codec.Value {
	var out []codec.Value
	for i := range v.Members {
		c := clone(v)
		c.Members = slices.Delete(c.Members, i, i+1)
		out = append(out, c)
	}
	for i := range v.Items {
		c := clone(v)
		c.Items = slices.Delete(c.Items, i, i+1)
		out = append(out, c)
	}
	for i := range v.Members {
		for _, s := range smallerOnes(&v.Members[i].Value) {
			c := clone(v)
			c.Members[i].Value = s
			out = append(out, c)
		}
	}
	for i := range v.Items {
		for _, s := range smallerOnes(&v.Items[i]) {
			c := clone(v)
			c.Items[i] = s
			out = append(out, c)
		}
	}
	return out
}

// honesty constructs, for every declared loss, a document that shows it.
func (t *trial) honesty(d Direction, g *generator, n int) {
	var losses []*bound
	t.c.each(t.c.top, func(b *bound) {
		if b.shape == "drop" && b.drop.has(d) && b.a(source(d)) != nil {
			losses = append(losses, b)
		}
	})
	if len(losses) == 0 {
		return
	}
	l := t.law("loss-honesty")
	l.Documents += len(losses)
	open := slices.Clone(losses)
	for i := 0; i < 20*n && len(open) > 0; i++ {
		doc := g.document()
		if _, err := t.run(d, &doc); err != nil {
			continue
		}
		open = slices.DeleteFunc(open, func(b *bound) bool { return shows(&doc, b.a(source(d))) })
		if i > 2000 {
			break
		}
	}
	l.Reached += len(losses) - len(open)
	if len(open) > 0 && l.OK {
		l.OK, l.Rule = false, itself(open[0].rule)
		l.Detail = fmt.Sprintf("no document shows the loss of %s", open[0].display(source(d)))
	}
}

// shows tells whether a document has a value where a drop names one.
func shows(doc *codec.Value, a *access) bool {
	parts := strings.Split(a.full, "[]")
	at := []*codec.Value{doc}
	for i, p := range parts {
		names, err := parsePath(strings.TrimPrefix(p, "."))
		var next []*codec.Value
		for _, v := range at {
			if err == nil {
				for _, st := range names.steps {
					m, ok := v.Get(st.name)
					if !ok || st.kind != stepField && st.kind != stepFree {
						v = &absent
						break
					}
					v = m
				}
			}
			if v.Kind == codec.Absent {
				continue
			}
			if i < len(parts)-1 {
				for j := range v.Items {
					next = append(next, &v.Items[j])
				}
			} else {
				next = append(next, v)
			}
		}
		at = next
	}
	for _, v := range at {
		if v.Kind != codec.Absent && !(isScalar(v) && scalarText(v) == "") {
			return true
		}
	}
	return false
}
