package mapping

import (
	"duijie/internal/codec"
)

// valueWriter carries one value, as plainOp does.
type valueWriter struct {
	ref      slotRef
	required bool // by the target's object
	self     bool // a scalar element: it is carried even where it stands for no value
	valuePipe
}

func (w *valueWriter) write(r *planRun) state {
	v := r.slot(w.ref)
	st := w.valuePipe.write(r, v)
	if st == 0 && w.self && !w.out.some && v.kind != codec.Absent && !r.bad {
		in := *r.hand(v)
		if r.x.judge(&in, w.p.dst) != "" {
			r.bad = true
		}
		r.value_(in)
		return stateWrote
	}
	return st
}

// placeWriter carries the place of the element at hand.
type placeWriter struct {
	level int
	valuePipe
}

func (w *placeWriter) write(r *planRun) state {
	return w.run(r, &codec.Value{Kind: codec.Number, Text: itoa(r.at[w.level].place)})
}

// fixedValue is what stands for no value, ready to be written.
type fixedValue struct {
	some bool
	bad  bool // its schema does not allow it: the tree tells
	json []byte
}

// valuePipe is a pipe with what can be known beforehand.
type valuePipe struct {
	p      *pipe
	out    fixedValue
	absent bool // an absent value is none
	null   bool // null is none
	empty  bool // "" is none
	texts  []string
	codes  *perfect // of a code table: its texts
	images [][]byte // what is written for each
	time   *timeMeaning
	quick  *shuffle
	number *quickNumber
	copies bool // a text is carried as it stands
}

func newValuePipe(x *exec, p *pipe) valuePipe {
	w := valuePipe{p: p}
	if p.out.Kind != codec.Absent {
		w.out = fixedValue{some: true, json: codec.AppendJSON(nil, p.out), bad: x.judge(&p.out, p.dst) != "" || !writable(&p.out, p.d)}
	}
	w.absent, w.null = p.isNone(&absent), p.isNone(&codec.Value{Kind: codec.Null})
	for _, t := range p.noneIn {
		switch {
		case t.absent || t.null:
		case t.text == "":
			w.empty = true
		default:
			w.texts = append(w.texts, t.text)
		}
	}
	text := p.src.types&tString != 0
	plainText := p.last == nil || p.last.max == 0 || p.d != ToLocal
	switch m := p.mean.(type) {
	case nil:
		w.copies = text && p.dst.types&tString != 0 && !p.dst.isEnum && p.dst.maxBytes < 0
	case *codesMeaning:
		w.codes, w.images = codeImages(x, p, m)
	case *timeMeaning:
		if from := m.leaf[source(p.d).other()]; text && p.last == nil && from.types&tString != 0 && quickText(p.dst) {
			w.time = m
			w.quick = newShuffle(m, m.form[source(p.d)], m.form[source(p.d).other()], p.dst)
		}
	case *numberMeaning:
		if p.last == nil && plainText {
			w.number = newQuickNumber(p, m)
		}
	}
	return w
}

// writable tells a value that the codec of the target writes.
func writable(v *codec.Value, d Direction) bool {
	return v.Kind != codec.Number || d == ToNational || strictNumber(v.Text)
}

func strictNumber(t string) bool {
	r := tokeniser{s: t}
	return r.number() && r.i == len(t)
}

// codeImages asks the pipe beforehand for each text of the table.
func codeImages(x *exec, p *pipe, m *codesMeaning) (*perfect, [][]byte) {
	if m.table.dated || p.src.types&tString == 0 || m.table.width[source(p.d)] > 1 {
		return nil, nil
	}
	var keys []string
	var images [][]byte
	for k := range m.table.index[source(p.d)] {
		v := codec.Str(k)
		if out, real, code := p.run(x, &v); real && code == "" && isScalar(&out) && writable(&out, p.d) {
			keys, images = append(keys, k), append(images, codec.AppendJSON(nil, out))
		}
	}
	return newPerfect(keys), images
}

// isNone tells a text that stands for no value.
func (w *valuePipe) isNone(t string) bool {
	if t == "" {
		return w.empty
	}
	for i := range w.texts {
		if w.texts[i] == t {
			return true
		}
	}
	return false
}

// nothing writes what stands for no value.
func (w *valuePipe) nothing(r *planRun) state {
	if !w.out.some {
		return 0
	}
	r.bad = r.bad || w.out.bad
	r.out = append(r.out, w.out.json...)
	return stateWrote
}

// write takes a slot's value to the target.
func (w *valuePipe) write(r *planRun, v val) state {
	switch v.kind {
	case codec.Absent:
		if w.absent {
			return w.nothing(r)
		}
	case codec.Null:
		if w.null {
			return w.nothing(r)
		}
	case codec.String:
		t := r.text(v)
		if w.codes != nil {
			if i := w.codes.find(t); i >= 0 {
				r.out = append(r.out, w.images[i]...)
				return stateWrote | stateReal
			}
		}
		if w.copies || w.time != nil || w.number != nil {
			return w.writeText(r, v, t)
		}
	case codec.Number:
		if w.number != nil {
			if t := r.text(v); !w.isNone(t) && (w.p.src.types&tNumber != 0 || w.p.src.types&tInteger != 0 && signDigits(t)) && w.number.write(r, t) {
				return stateWrote | stateReal
			}
		}
	}
	return w.run(r, r.hand(v))
}

// writeText is the road of a text, without a value in between where that can be.
func (w *valuePipe) writeText(r *planRun, v val, t string) state {
	n := t
	if w.p.first != nil {
		n = w.p.first.normal(t)
	}
	if w.isNone(n) {
		return w.nothing(r)
	}
	switch {
	case w.time != nil:
		if w.writeTime(r, n) {
			return stateWrote | stateReal
		}
	case w.number != nil:
		if w.p.src.types&tString != 0 && w.number.write(r, n) {
			return stateWrote | stateReal
		}
	default:
		if w.p.last != nil {
			var code string
			if n, code = w.p.bounded(w.p.last.normal(n)); code != "" {
				r.bad = true
				return 0
			}
		}
		if w.p.dst.violatesText(n) != "" {
			r.bad = true
			return 0
		}
		if !v.esc && len(n) == len(t) && n == t {
			r.out = append(r.out, r.s[v.off-1:v.end+1]...)
		} else {
			r.out = codec.AppendJSONString(r.out, n)
		}
		return stateWrote | stateReal
	}
	return w.run(r, r.hand(v))
}

// run is the pipe itself.
func (w *valuePipe) run(r *planRun, v *codec.Value) state {
	out, real, code := w.p.run(r.x, v)
	switch {
	case code != "":
		r.bad = true
		return 0
	case !real:
		return w.nothing(r)
	case out.Kind == codec.Absent:
		return 0
	case !writable(&out, w.p.d):
		r.bad = true
		return 0
	}
	r.value_(out)
	return stateWrote | stateReal
}

func (r *planRun) value_(v codec.Value) { r.out = codec.AppendJSON(r.out, v) }

// hand gives a slot as a value of the tree; it holds until the next one.
func (r *planRun) hand(v val) *codec.Value {
	r.value = codec.Value{Kind: v.kind, True: v.on}
	switch v.kind {
	case codec.String, codec.Number:
		r.value.Text = r.text(v)
	case codec.Array, codec.Object:
		// The one place where a plan makes a tree: of what a rule carries whole.
		whole, err := codec.FromJSON([]byte(r.s[v.off:v.end]))
		r.value, r.bad = whole, r.bad || err != nil
	}
	return &r.value
}

// quickText tells a schema of texts that violatesBytes can judge.
func quickText(s *schema) bool {
	return s.types&tString != 0 && !s.isEnum && s.maxBytes < 0 && (s.pattern == nil || s.pattern.quick() != nil)
}

// violatesBytes judges a text of ASCII that is no string yet; its format is known to be right.
func violatesBytes(s *schema, b []byte) bool {
	return len(b) < s.minLen || s.maxLen >= 0 && len(b) > s.maxLen || s.pattern != nil && !s.pattern.quick().matches(b)
}

// writeTime writes a time without a text in between; false: the pipe is to be asked.
func (w *valuePipe) writeTime(r *planRun, t string) bool {
	at := len(r.out)
	out, ok := append(r.out, '"'), false
	if w.quick != nil {
		if out, ok = w.quick.append(out, t); ok && (w.quick.judged || w.judgeTime(out[at+1:])) {
			r.out = append(out, '"')
			return true
		}
		out = out[:at+1]
	}
	m, from := w.time, source(w.p.d)
	c, ok := m.form[from].parse(t)
	if !ok {
		return false
	}
	if out, ok = m.append(out, c, m.form[from], m.form[from.other()], w.p.d); !ok || !w.judgeTime(out[at+1:]) {
		return false
	}
	r.out = append(out, '"')
	return true
}

func (w *valuePipe) judgeTime(text []byte) bool {
	if !ascii(text) || violatesBytes(w.p.dst, text) {
		return false
	}
	to := w.time.form[source(w.p.d).other()]
	switch w.p.dst.format {
	case "date":
		return to.kind == formDate && len(text) == 10
	case "date-time":
		return to.kind == formRFC3339 && text[4] == '-'
	}
	return true
}

func ascii(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
