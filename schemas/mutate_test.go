package schemas

import (
	"bytes"
	"encoding/json"
	"math/rand"
	"slices"
	"strings"
	"testing"
)

// same fails where a glance says yes and the authority finds something.
func same(t testing.TB, v *Validator, typ string, data []byte) (clean bool) {
	t.Helper()
	if clean = v.clean(typ, data); !clean {
		return false
	}
	if items, warnings := v.thorough(typ, data); len(items)+len(warnings) > 0 {
		t.Fatalf("%s: clean at a glance, but %s %s\n%s", typ, brief(items), brief(warnings), data)
	}
	return true
}

// mutator breaks documents, or writes them otherwise, in the ways that matter here.
type mutator struct {
	r *rand.Rand
	// objects and lists of the document at hand
	objects []map[string]any
	set     []func(v any) // put another value in a value's place
	values  []any         // and what stands there
	odd     bool          // written with escapes, and now and then a member twice
}

func (m *mutator) collect(v any, set func(any)) {
	if set != nil {
		m.set, m.values = append(m.set, set), append(m.values, v)
	}
	switch v := v.(type) {
	case map[string]any:
		m.objects = append(m.objects, v)
		for _, name := range sortedNames(v) {
			m.collect(v[name], func(n any) { v[name] = n })
		}
	case []any:
		for i := range v {
			m.collect(v[i], func(n any) { v[i] = n })
		}
	}
}

func sortedNames(v map[string]any) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// texts are values that some check somewhere thinks about.
var texts = []string{
	"", "p1", "p2", "p9", "2026-01-01", "2025-03-01", "2027-02-29", "2024-02-29", "2026-11-20T09:00:00+08:00", "2026-11-20T01:00:00Z", "2026-11-20T01:00:00.123456789Z",
	"2026-11-20T01:00:00.1234567891Z", "2026-11-20t01:00:00Z", "2026-11-20T24:00:00Z", "2025-12-31T23:59:59+08:00", "2026-11-20T09:00:00+24:00", "110101199001010015", "11010519491231002X",
	"110101900101001", "110101199001010016", "91110000000000000E", "911100000000000001", "resident", "passport", "agreed", "expired", "moved", "cancelled", "2021", "2026", "186", "205", "217",
	"205x", "x", "0", "1", "12.30", "01.5", "1.234", "2026-13", "2026-Q4", "510100", "5101", "a\nb", "\U0001F600", strings.Repeat("长", 200), strings.Repeat("长", 201), strings.Repeat("a", 64),
	strings.Repeat("a", 65), strings.Repeat("0", 64), "wage", "person", "org", "虚构", "_x",
}

// names are members that the further checks look at, and some that nobody does.
var names = []string{"from", "to", "startAt", "endAt", "signedAt", "effectiveAt", "idType", "idNumber", "birthday", "uscc", "forParty", "party", "representatives", "parties",
	"agents", "materials", "claims", "ext", "cause", "closing", "agreement", "remark", "no", "id", "items", "name", "栏", "a b", "reason", "filedAt"}

func (m *mutator) text() string { return texts[m.r.Intn(len(texts))] }

// once changes one thing in a document.
func (m *mutator) once(doc map[string]any) {
	m.objects, m.set, m.values = nil, nil, nil
	m.collect(doc, nil)
	copied := func(v any) any { // a document is no web
		raw, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		c, err := decode(raw)
		if err != nil {
			panic(err)
		}
		return c
	}
	if len(m.set) == 0 {
		return // nothing is left of it
	}
	o := m.objects[m.r.Intn(len(m.objects))]
	at := m.r.Intn(len(m.set))
	members := sortedNames(o)
	switch m.r.Intn(10) {
	case 0:
		if len(members) > 0 {
			delete(o, members[m.r.Intn(len(members))])
		}
	case 1:
		o[names[m.r.Intn(len(names))]] = m.text()
	case 2: // another value of the document
		m.set[at](copied(m.values[m.r.Intn(len(m.values))]))
	case 3: // another type
		m.set[at]([]any{nil, true, json.Number("5"), json.Number("-1"), json.Number("5.0"), json.Number("1e2"), json.Number("0"), "x", []any{}, map[string]any{}, []any{m.text()}}[m.r.Intn(11)])
	case 4: // once more, or away
		if list, ok := m.values[at].([]any); ok && len(list) > 0 {
			if m.r.Intn(2) == 0 {
				m.set[at](append(slices.Clone(list), copied(list[m.r.Intn(len(list))])))
			} else {
				m.set[at](list[:len(list)-1])
			}
		}
	case 5: // swapped: in an object with an order that, else neighbours
		for _, pair := range [][2]string{{"from", "to"}, {"startAt", "endAt"}, {"signedAt", "effectiveAt"}} {
			if o[pair[0]] != nil && o[pair[1]] != nil {
				o[pair[0]], o[pair[1]] = o[pair[1]], o[pair[0]]
				return
			}
		}
		if len(members) > 1 {
			i := m.r.Intn(len(members) - 1)
			o[members[i]], o[members[i+1]] = o[members[i+1]], o[members[i]]
		}
	case 6:
		if s, ok := m.values[at].(string); ok && s != "" {
			b := []byte(s)
			b[m.r.Intn(len(b))] = "0123456789Xpa-:T"[m.r.Intn(16)]
			m.set[at](string(bytes.ToValidUTF8(b, nil)))
		}
	default:
		if _, ok := m.values[at].(string); ok {
			m.set[at](m.text())
		}
	}
}

// write writes a document as some sender might, members in any order.
func (m *mutator) write(dst []byte, v any) []byte {
	space := func() {
		if m.r.Intn(20) == 0 {
			dst = append(dst, " \n\t\r"[m.r.Intn(4)])
		}
	}
	switch v := v.(type) {
	case map[string]any:
		dst = append(dst, '{')
		names := sortedNames(v)
		m.r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		for i, name := range names {
			if i > 0 {
				dst = append(dst, ',')
			}
			space()
			dst = append(m.write(dst, name), ':')
			space()
			dst = m.write(dst, v[name])
			space()
			if m.odd && m.r.Intn(50) == 0 {
				dst = append(m.write(append(dst, ','), name), `:"2026-01-01"`...)
			}
		}
		return append(dst, '}')
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.write(dst, e)
		}
		space()
		return append(dst, ']')
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	if s, ok := v.(string); ok && m.odd && m.r.Intn(30) == 0 {
		if c := strings.IndexFunc(s, func(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' }); c >= 0 {
			raw = bytes.Replace(raw, []byte{s[c]}, []byte{'\\', 'u', '0', '0', "0123456789abcdef"[s[c]>>4], "0123456789ABCDEF"[s[c]&15]}, 1)
		}
	}
	return append(dst, raw...)
}

// mutated makes a document of a type from a seed: some changes to its sample.
func mutated(tb testing.TB, s *Sampler, typ string, seed int64) []byte {
	tree, err := decode(s.Sample(typ, 1))
	if err != nil {
		tb.Fatal(err)
	}
	m := mutator{r: rand.New(rand.NewSource(seed))}
	doc := tree.(map[string]any)
	for range m.r.Intn(4) {
		m.once(doc)
	}
	m.odd = m.r.Intn(8) == 0
	return m.write(nil, doc)
}

// TestAGlanceNeverTakesWhatTheLibraryRefuses goes through random documents of
// every type, and counts that it says yes to many and misses few.
func TestAGlanceNeverTakesWhatTheLibraryRefuses(t *testing.T) {
	v := newValidator(t)
	s, err := NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	const each = 120
	yes, missed := 0, 0
	for i, f := range All() {
		for n := range each {
			data := mutated(t, s, f.Type, int64(i*each+n))
			if same(t, v, f.Type, data) {
				yes++
			} else if n%10 == 0 {
				if items, warnings := v.thorough(f.Type, data); len(items)+len(warnings) == 0 {
					missed++
				}
			}
		}
	}
	all := each * len(All())
	t.Logf("%d of %d clean at a glance; of a tenth, %d were clean only for the library", yes, all, missed)
	if yes < all/4 || missed > all/10/4 {
		t.Errorf("%d of %d clean at a glance, %d of a tenth missed: the short way is hardly tested", yes, all, missed)
	}
}

// FuzzFastYes looks for a document that is clean at a glance and not for the library.
func FuzzFastYes(f *testing.F) {
	v := newValidator(f)
	s, err := NewSampler()
	if err != nil {
		f.Fatal(err)
	}
	types := All()
	for i, flow := range types {
		f.Add(uint8(i), s.Sample(flow.Type, 1))
		for n := range 8 {
			f.Add(uint8(i), mutated(f, s, flow.Type, int64(n)))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) { same(t, v, types[int(i)%len(types)].Type, data) })
}

// FuzzMutated does the same from seeds, so that most of what it tries is JSON.
func FuzzMutated(f *testing.F) {
	v := newValidator(f)
	s, err := NewSampler()
	if err != nil {
		f.Fatal(err)
	}
	types := All()
	f.Add(uint8(0), int64(1))
	f.Fuzz(func(t *testing.T, i uint8, seed int64) {
		typ := types[int(i)%len(types)].Type
		same(t, v, typ, mutated(t, s, typ, seed))
	})
}
