package mapping

import (
	"strings"

	"duijie/internal/codec"
)

// difference is a place where two documents are not equal.
type difference struct {
	path string
	rule *bound // that declared a loss there
}

// comparer finds where a document is not its canonical form.
type comparer struct {
	form
	image  func(b *bound, v *codec.Value) (codec.Value, bool)
	out    []difference
	coarse bool // an object that is only on one side is one difference
}

// compare gives the differences that no declaration covers.
func (f form) compare(got *codec.Value, image func(b *bound, v *codec.Value) (codec.Value, bool)) []difference {
	c := &comparer{form: f, image: image}
	c.value(&f.doc, got, "")
	return c.out
}

func (c *comparer) value(want, got *codec.Value, at string) {
	if c.open[at] {
		return
	}
	if b, ok := c.form.loose[at]; ok {
		if !c.sameImage(b, want, got) {
			c.out = append(c.out, difference{at, b})
		}
		return
	}
	switch {
	case empty(want) && empty(got):
	case want.Kind == codec.Null && got.Kind == codec.Null:
	case want.Kind == codec.Object && got.Kind == codec.Object:
		c.object(want, got, at)
	case want.Kind == codec.Array && got.Kind == codec.Array:
		for i := range max(len(want.Items), len(got.Items)) {
			c.value(itemOf(want, i), itemOf(got, i), at+"["+itoa(i)+"]")
		}
	case c.coarse && want.Kind != got.Kind:
		c.out = append(c.out, difference{path: at})
	case want.Kind == codec.Object && got.Kind == codec.Absent, got.Kind == codec.Object && want.Kind == codec.Absent:
		c.object(want, got, at)
	case isScalar(want) && isScalar(got) && (equalScalar(want, got) || want.Kind != got.Kind && sameNumber(want, got)):
	default:
		c.out = append(c.out, difference{path: at})
	}
}

// empty tells what counts as not there: absent, a list without elements.
func empty(v *codec.Value) bool {
	return v.Kind == codec.Absent || v.Kind == codec.Array && len(v.Items) == 0
}

func sameNumber(a, b *codec.Value) bool {
	return scalarText(a) == scalarText(b) && a.Kind != codec.Bool && b.Kind != codec.Bool
}

func itemOf(v *codec.Value, i int) *codec.Value {
	if i < len(v.Items) {
		return &v.Items[i]
	}
	return &absent
}

func memberOf(v *codec.Value, name string) *codec.Value {
	if m, ok := v.Get(name); ok {
		return m
	}
	return &absent
}

func (c *comparer) object(want, got *codec.Value, at string) {
	before := len(c.out)
	for i := range want.Members {
		name := want.Members[i].Name
		c.value(&want.Members[i].Value, memberOf(got, name), joinPath(at, quoteName(name)))
	}
	for i := range got.Members {
		name := got.Members[i].Name
		if _, ok := want.Get(name); !ok {
			c.value(&absent, &got.Members[i].Value, joinPath(at, quoteName(name)))
		}
	}
	if before == len(c.out) && (want.Kind != got.Kind) && len(want.Members)+len(got.Members) == 0 {
		c.out = append(c.out, difference{path: at})
	}
}

// sameImage compares what a lossy rule makes of both values.
func (c *comparer) sameImage(b *bound, want, got *codec.Value) bool {
	if empty(want) && empty(got) || equalScalar(want, got) && isScalar(want) {
		return true
	}
	x, ok1 := c.image(b, want)
	y, ok2 := c.image(b, got)
	return ok1 && ok2 && (equalScalar(&x, &y) || empty(&x) && empty(&y))
}

// imager runs a rule's own pipe; joins and lists are taken at their word.
func (c *compiler) imager(d Direction) func(b *bound, v *codec.Value) (codec.Value, bool) {
	x := (&road{d: d, textual: d == ToNational && textualFormat(c.format(d)), charset: c.charset(d)}).exec(nil)
	return func(b *bound, v *codec.Value) (codec.Value, bool) {
		if b.shape != "plain" || len(b.acc[nat]) > 1 || len(b.acc[loc]) > 1 || b.meaning == "xref" {
			return codec.Str(""), true
		}
		out, _, code := (&builder{c, d}).newPipe(b, d).run(x, v)
		return out, code == ""
	}
}

// withText gives an element of XML the text that its schema requires: one without
// text has an empty one.
func withText(v codec.Value, s *schema) codec.Value {
	if _, ok := v.Get("#text"); !ok && s.types != tAny && s.requires("#text") {
		v.Members = append(v.Members, codec.Member{Name: "#text", Value: codec.Str("")})
	}
	return v
}

// localTree is a local document as it is compared: read by its schema, and in CSV
// an empty cell is none.
func (c *compiler) localTree(v *codec.Value) codec.Value {
	out := typedTree(v, c.docSchema[loc])
	if c.format(ToLocal) == "csv" {
		out = withoutBlanks(out)
	}
	return out
}

func withoutBlanks(v codec.Value) codec.Value {
	for i := range v.Items {
		v.Items[i] = withoutBlanks(v.Items[i])
	}
	var some []codec.Member
	for _, m := range v.Members {
		if m.Value.Kind != codec.String || m.Value.Text != "" {
			some = append(some, codec.Member{Name: m.Name, Value: withoutBlanks(m.Value)})
		}
	}
	v.Members = some
	return v
}

// typedTree reads a document of a codec that knows only text by its schema, so
// that it can be compared by value.
func typedTree(v *codec.Value, s *schema) codec.Value {
	if v.Kind == codec.Null && s.types&tNull != 0 && s.types != tAny {
		return absent // a column that is not written is NULL
	}
	switch v.Kind {
	case codec.Object:
		if s.isList() {
			return codec.Value{Kind: codec.Array, Items: []codec.Value{typedTree(v, s.element())}}
		}
		out := codec.Value{Kind: codec.Object}
		for i := range v.Members {
			m := &v.Members[i]
			if m.Name == "#text" && scalarText(&m.Value) == "" {
				continue
			}
			p := anything()
			if s.types&tObject != 0 {
				if q, _ := s.get(m.Name); q != nil {
					p = q
				}
			}
			if t := typedTree(&m.Value, p); t.Kind != codec.Absent {
				out.Members = append(out.Members, codec.Member{Name: m.Name, Value: t})
			}
		}
		return withText(out, s)
	case codec.Array:
		el := anything()
		if s.types&tArray != 0 {
			el = s.element()
		}
		out := codec.Value{Kind: codec.Array}
		for i := range v.Items {
			out.Items = append(out.Items, typedTree(&v.Items[i], el))
		}
		return out
	case codec.String:
		if s.isList() {
			return codec.Value{Kind: codec.Array, Items: []codec.Value{typedTree(v, s.element())}}
		}
		if _, named := s.index["#text"]; named && s.isObject() && v.Text != "" {
			return codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: "#text", Value: *v}}}
		}
		if s.isObject() && strings.TrimSpace(v.Text) == "" {
			return withText(codec.Value{Kind: codec.Object}, s)
		}
		if s.types != tAny && s.types&tString == 0 {
			if t, ok := s.readTyped(v.Text); ok {
				return t
			}
		}
	}
	return *v
}
