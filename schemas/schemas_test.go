package schemas

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"testing"

	"duijie/internal/problem"
)

func newValidator(t testing.TB) *Validator {
	t.Helper()
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sample(t testing.TB, typ string) []byte {
	t.Helper()
	s, err := NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	return s.Sample(typ, 1)
}

func TestEveryTypeHasASchemaARowAndAValidSample(t *testing.T) {
	v := newValidator(t)
	names, err := fs.Glob(Profile(), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) != len(All())+1 {
		t.Errorf("%d schema files for %d types and common", len(names), len(All()))
	}
	for _, f := range All() {
		t.Run(f.Type, func(t *testing.T) {
			data := sample(t, f.Type)
			items, warnings := v.Validate(f.Type, data)
			if len(items)+len(warnings) > 0 {
				t.Fatalf("sample is not clean: %v %v\n%s", items, warnings, data)
			}
			if !bytes.Equal(data, sample(t, f.Type)) {
				t.Error("samples differ from run to run")
			}
			key, ok := KeyValue(f.Type, data)
			if ok != (f.Key != "") || ok && key == "" {
				t.Errorf("key %q, %v", key, ok)
			}
			if at, ok := TimeValue(f.Type, data); ok != (f.EventTime != "") {
				t.Errorf("event time %q, %v", at, ok)
			} else if _, is := ParseTime(at); ok && !is {
				t.Errorf("event time is no time")
			}
			shape := v.shapes[f.Type]
			for _, path := range f.StatFields {
				if s := shape.at("/" + strings.NewReplacer("[*]", "/0", ".", "/").Replace(path)); s == nil || s.Sensitive && s.name != "money" {
					t.Errorf("statistics field %s is not in the schema or tells of a person", path)
				}
			}
		})
	}
}

// edit changes a sample; the path names members and, as numbers, elements.
func edit(t *testing.T, data []byte, change func(doc map[string]any)) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	change(doc)
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func party(doc map[string]any, i int) map[string]any {
	return doc["parties"].([]any)[i].(map[string]any)
}

func brief(items []problem.Item) string {
	var s []string
	for _, i := range items {
		s = append(s, i.Pointer+" "+i.Code)
	}
	return strings.Join(s, ", ")
}

func TestFindings(t *testing.T) {
	v := newValidator(t)
	long := strings.Repeat("长", 201)
	for _, c := range []struct {
		what, typ       string
		change          func(doc map[string]any)
		items, warnings string
	}{
		{"a missing member is pointed at itself", "case.delegated", func(d map[string]any) { delete(party(d, 0), "name"); delete(d, "facts") },
			"/data/facts required, /data/parties/0/name required", ""},
		{"a forbidden member is pointed at itself", "case.delegated", func(d map[string]any) { party(d, 1)["a/b~"] = 1; d["password"] = "x" },
			"/data/parties/1/a~1b~0 additionalProperties, /data/password additionalProperties", ""},
		{"a telling name is named by its parent", "case.delegated", func(d map[string]any) {
			party(d, 1)["张三"] = 1
			d[strings.Repeat("n", 41)] = 1
			d[strings.Repeat("n", 40)] = 1
		}, "/data additionalProperties, /data/" + strings.Repeat("n", 40) + " additionalProperties, /data/parties/1 additionalProperties", ""},
		{"lengths count characters", "case.delegated", func(d map[string]any) { party(d, 0)["name"] = long; party(d, 1)["name"] = long[3:] },
			"/data/parties/0/name maxLength", ""},
		{"a required text is not empty, an optional one may be", "case.delegated", func(d map[string]any) { party(d, 0)["name"] = ""; party(d, 0)["phone"] = "" },
			"/data/parties/0/name minLength", ""},
		{"ext is free, at the top only", "case.delegated", func(d map[string]any) {
			d["ext"] = map[string]any{"任": []any{1, nil}}
			party(d, 0)["ext"] = map[string]any{}
		},
			"/data/parties/0/ext additionalProperties", ""},
		{"impossible days and lower-case times", "case.delegated", func(d map[string]any) {
			d["filedAt"], d["delegatedAt"], d["consentAt"], party(d, 0)["birthday"] = "2026-02-30T09:00:00Z", "2026-11-20t09:00:00Z", "2026-11-20T09:00:00", "1990-02-30"
		}, "/data/consentAt format, /data/delegatedAt format, /data/filedAt format, /data/parties/0/birthday format, /data/parties/0/idNumber id-number", ""},
		{"codes, forms, bounds, types", "case.delegated", func(d map[string]any) {
			d["category"], d["amount"], d["caseNo"], d["claims"], d["collective"].(map[string]any)["count"] = "wages", "01.5", "_x", []any{}, -1
			d["remark"] = 5
		}, "/data/amount pattern, /data/caseNo pattern, /data/category enum, /data/claims minItems, /data/collective/count minimum, /data/remark type", ""},
		{"an id of 65", "test.ping", func(d map[string]any) { d["nonce"] = strings.Repeat("a", 65) }, "/data/nonce maxLength", ""},
		{"resident numbers", "case.delegated", func(d map[string]any) {
			party(d, 0)["idNumber"], party(d, 1)["idNumber"], party(d, 2)["birthday"] = "110101199001010016", "110101900101001", "1990-01-02"
		}, "/data/parties/0/idNumber id-number, /data/parties/2/idNumber id-number", "/data/parties/1/idNumber id-number-15"},
		{"a lower-case x", "case.delegated", func(d map[string]any) {
			party(d, 0)["idNumber"] = "11010119900101004x"
		}, "/data/parties/0/idNumber id-number", ""},
		{"another kind of document is not checked", "case.delegated", func(d map[string]any) {
			party(d, 0)["idType"], party(d, 0)["idNumber"] = "passport", "E00000000"
		}, "", ""},
		{"a wrong credit code only warns", "case.delegated", func(d map[string]any) { party(d, 3)["uscc"] = "911100000000000001" },
			"", "/data/parties/3/uscc uscc"},
		{"ends before beginnings", "case.delegated", func(d map[string]any) {
			party(d, 0)["employment"].(map[string]any)["to"] = "2024-01-01"
			d["claims"].([]any)[0].(map[string]any)["to"] = "2024-01-01"
		}, "/data/claims/0/to order, /data/parties/0/employment/to order", ""},
		{"an agreement in force before it is signed", "case.closed", func(d map[string]any) {
			d["agreement"].(map[string]any)["effectiveAt"] = "2026-11-25T10:59:59+08:00"
		}, "/data/agreement/effectiveAt order", ""},
		{"references to nobody", "case.delegated", func(d map[string]any) {
			d["agents"].([]any)[0].(map[string]any)["forParty"] = "p9"
			d["materials"].([]any)[0].(map[string]any)["forParty"] = "p8"
			d["collective"].(map[string]any)["representatives"] = []any{"p1", "p7", "p2"}
		}, "/data/agents/0/forParty reference, /data/collective/representatives/1 reference, /data/materials/0/forParty reference", ""},
		{"references where no parties are", "case.closed", func(d map[string]any) {
			d["agreement"].(map[string]any)["items"].([]any)[0].(map[string]any)["party"] = "p9"
		}, "", ""},
		{"twice the same", "case.delegated", func(d map[string]any) {
			party(d, 2)["id"] = "p1"
			d["claims"] = append(d["claims"].([]any), d["claims"].([]any)[0])
			d["collective"].(map[string]any)["representatives"] = []any{"p1", "p2", "p4"}
		}, "/data/claims/1/no duplicate, /data/parties/2/id duplicate", ""},
		{"what an end expects", "case.closed", func(d map[string]any) { delete(d, "agreement") }, "", "/data/agreement expected"},
		{"what a dossier's end expects", "case.dossier.supplied", func(d map[string]any) { delete(d["closing"].(map[string]any), "agreement") }, "", "/data/closing/agreement expected"},
		{"what a move expects", "av.session.changed", func(d map[string]any) { delete(d, "startAt") }, "", "/data/startAt expected"},
		{"a cause outside its edition", "case.delegated", func(d map[string]any) { d["cause"].(map[string]any)["code"] = "186" }, "", "/data/cause/code cause"},
		{"an edition outside its time", "case.delegated", func(d map[string]any) { d["filedAt"] = "2025-12-31T23:59:59+08:00" }, "", "/data/cause/edition cause"},
		{"an edition from its first second", "case.delegated", func(d map[string]any) { d["filedAt"] = "2025-12-31T16:00:00Z" }, "", ""},
		{"an invitation has its link", "av.session.scheduled", func(d map[string]any) { delete(d["participants"].([]any)[1].(map[string]any), "joinUrl") },
			"/data/participants/1/joinUrl required", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			items, warnings := v.Validate(c.typ, edit(t, sample(t, c.typ), c.change))
			if got := brief(items); got != c.items {
				t.Errorf("items\n got %s\nwant %s", got, c.items)
			}
			if got := brief(warnings); got != c.warnings {
				t.Errorf("warnings\n got %s\nwant %s", got, c.warnings)
			}
		})
	}
}

func TestNumbersAreExactAndCheap(t *testing.T) {
	v := newValidator(t)
	for n, want := range map[string]string{
		"5": "", "5.0": "", "1e1": "", "5.5": "/data/days type", "-1": "/data/days minimum", "9007199254740993": "",
		"1e400000000": "/data/days type", "1e-99999999999999999999": "/data/days type", strings.Repeat("9", 50000): "/data/days type",
	} {
		data := bytes.Replace(sample(t, "case.extension.requested"), []byte(`"days":10`), []byte(`"days":`+n), 1)
		if items, _ := v.Validate("case.extension.requested", data); brief(items) != want {
			t.Errorf("%.20s: %s, want %s", n, brief(items), want)
		}
	}
}

func TestFindingsQuoteNoValue(t *testing.T) {
	v := newValidator(t)
	data := bytes.ReplaceAll(sample(t, "case.delegated"), []byte(`"p1"`), []byte(`"王五的秘密"`))
	data = bytes.ReplaceAll(data, []byte(`"wage"`), []byte(`"王五的秘密"`))
	items, warnings := v.Validate("case.delegated", data)
	all, err := json.Marshal(append(items, warnings...))
	if err != nil || len(items) == 0 {
		t.Fatal(err, items)
	}
	if bytes.Contains(all, []byte("秘密")) {
		t.Errorf("quoted: %s", all)
	}
}

func TestNoSchemaComesFromOutside(t *testing.T) {
	for _, url := range []string{"file:///etc/passwd", "https://example.com/x", Base + "../../schemas", Base + "absent"} {
		if f, err := load(url); err == nil {
			f.Close()
			t.Errorf("%s was opened", url)
		}
	}
}

func TestWhatIsNoObjectIsAFinding(t *testing.T) {
	v := newValidator(t)
	for _, data := range []string{`null`, `[]`, `"x"`, `1`, ``, `{"a":1}{}`, `{`} {
		if items, _ := v.Validate("test.ping", []byte(data)); brief(items) != "/data type" {
			t.Errorf("%s: %s", data, brief(items))
		}
	}
	if items, _ := v.Validate("case.invented", []byte(`{}`)); brief(items) != "/type unknown-type" {
		t.Errorf("unknown type: %s", brief(items))
	}
}

func TestSamplesOfEveryNumberAreValid(t *testing.T) {
	v := newValidator(t)
	s, err := NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range All() {
		seen := map[string]bool{}
		for _, n := range []int{0, 1, 7, 999_999} {
			data := s.Sample(f.Type, n)
			if items, warnings := v.Validate(f.Type, data); len(items)+len(warnings) > 0 {
				t.Errorf("%s %d: %v %v", f.Type, n, items, warnings)
			}
			if key, ok := KeyValue(f.Type, data); ok && f.CaseBound {
				seen[key] = true
			}
		}
		if f.CaseBound && len(seen) != 4 {
			t.Errorf("%s: numbers share a case: %v", f.Type, seen)
		}
	}
	if s.Sample("case.invented", 1) != nil {
		t.Error("a sample of no type")
	}
}

// large is a case with 5,000 parties, as domain figures have it.
func large(t testing.TB) []byte {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(sample(t, "case.delegated"), &doc); err != nil {
		t.Fatal(err)
	}
	parties := doc["parties"].([]any)
	for i := len(parties); i < 5000; i++ {
		p := maps.Clone(party(doc, 0))
		p["id"] = fmt.Sprintf("p%d", i+1)
		parties = append(parties, p)
	}
	doc["parties"] = parties
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// BenchmarkValidate times what a clean message costs, and beside it what every
// message cost without a glance, and one with a finding still does.
func BenchmarkValidate(b *testing.B) {
	v := newValidator(b)
	for name, data := range map[string][]byte{"case": sample(b, "case.delegated"), "5000 parties": large(b)} {
		for way, validate := range map[string]func(string, []byte) (_, _ []problem.Item){"fast": v.Validate, "library": v.thorough} {
			b.Run(way+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				b.ReportAllocs()
				for b.Loop() {
					if items, _ := validate("case.delegated", data); len(items) > 0 {
						b.Fatal(items)
					}
				}
			})
		}
	}
}

func FuzzValidate(f *testing.F) {
	v := newValidator(f)
	types := All()
	for i := range types {
		f.Add(uint8(i), sample(f, types[i].Type))
	}
	f.Add(uint8(0), []byte(`{"parties":[{"id":1e9999999999,"idNumber":"1"},null,[[]]],"cause":{"code":"x","edition":"2021"},"":{"~/":1}}`))
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		typ := types[int(i)%len(types)].Type
		one, warn := v.Validate(typ, data)
		two, again := v.Validate(typ, data)
		if brief(one) != brief(two) || brief(warn) != brief(again) {
			t.Fatalf("findings differ: %s / %s", brief(one), brief(two))
		}
		if out := v.Masker().Mask(typ, data); !json.Valid(out) {
			t.Fatalf("masked to no JSON: %q", out)
		}
		KeyValue(typ, data)
	})
}

func TestEverySchemaOfTheProfileCompiles(t *testing.T) {
	v, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range All() {
		if v.schema(f.Type) == nil {
			t.Errorf("%s has no schema", f.Type)
		}
	}
	if v.schema("case.unheard-of") != nil {
		t.Error("a type that is none has a schema")
	}
}
