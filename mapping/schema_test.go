package mapping

import (
	"testing"
	"testing/fstest"

	"duijie/internal/codec"
)

func loadSchemas(t *testing.T, files map[string]string) *schemas {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return newSchemas(fsys)
}

func TestReferencesByFileByURNAndIntoThemselves(t *testing.T) {
	s := loadSchemas(t, map[string]string{
		"common.json": `{"$id":"urn:x:common","$defs":{"id":{"type":"string","maxLength":3},"tree":{"type":"object","properties":{"v":{"$ref":"#/$defs/id"},"kids":{"type":"array","items":{"$ref":"#/$defs/tree"}}}}}}`,
		"t.json":      `{"type":"object","properties":{"a":{"$ref":"common.json#/$defs/id"},"b":{"$ref":"urn:x:common#/$defs/id","sensitive":true},"c":{"$ref":"urn:x:common#/$defs/tree"}}}`,
	})
	m, err := s.load("t.json")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := m.get("a")
	b, _ := m.get("b")
	if a.maxLen != 3 || b.maxLen != 3 || a.sensitive || !b.sensitive {
		t.Errorf("a %+v, b %+v", a, b)
	}
	tree, _ := m.get("c")
	kids, _ := tree.get("kids")
	if kids.element() != tree {
		t.Error("the recursion does not end at its first repetition")
	}
}

func TestBranchesAreJoined(t *testing.T) {
	s := loadSchemas(t, map[string]string{
		"t.json": `{"oneOf":[
			{"type":"object","required":["k","a"],"additionalProperties":false,"properties":{"k":{"const":"1"},"a":{"type":"string"}}},
			{"type":"object","required":["k"],"additionalProperties":false,"properties":{"k":{"const":"2"},"b":{"type":"integer"}}}]}`,
	})
	m, err := s.load("t.json")
	if err != nil {
		t.Fatal(err)
	}
	k, _ := m.get("k")
	if !m.requires("k") || m.requires("a") || m.requires("b") || !k.hasEnum("1") || !k.hasEnum("2") || m.open {
		t.Errorf("the union is %+v", m)
	}
	if x, _ := m.get("c"); x != nil {
		t.Error("a path that no branch has is allowed")
	}
}

func TestWhatASchemaAllows(t *testing.T) {
	s := loadSchemas(t, map[string]string{"t.json": `{"type":"object","properties":{
		"s":{"type":"string","minLength":1,"maxLength":2,"pattern":"^[a-z]+$"},"n":{"type":"integer","minimum":0,"exclusiveMaximum":10},"d":{"type":"string","format":"date"},
		"e":{"enum":["x",1,null]},"b":{"type":["boolean","null"]}}}`})
	m, err := s.load("t.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ field, json, want string }{
		{"s", `"ab"`, ""}, {"s", `""`, "minLength"}, {"s", `"abc"`, "maxLength"}, {"s", `"A"`, "pattern"}, {"s", `1`, "type"},
		{"n", `0`, ""}, {"n", `9.0`, ""}, {"n", `10`, "maximum"}, {"n", `-1`, "minimum"}, {"n", `1.5`, "type"},
		{"d", `"2026-02-28"`, ""}, {"d", `"2026-02-30"`, "format"}, {"e", `"x"`, ""}, {"e", `1.0`, ""}, {"e", `"1"`, "enum"}, {"b", `null`, ""}, {"b", `0`, "type"},
	} {
		v, err := codec.FromJSON([]byte(c.json))
		if err != nil {
			t.Fatal(err)
		}
		f, _ := m.get(c.field)
		if got := f.violates(&v); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.field, c.json, got, c.want)
		}
	}
}

func TestABrokenReferenceIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"no such file": `{"$ref":"nowhere.json"}`, "no such part": `{"$ref":"#/$defs/x"}`, "no such id": `{"$ref":"urn:nowhere"}`, "no JSON": `{`,
	} {
		s := loadSchemas(t, map[string]string{"t.json": text})
		if _, err := s.load("t.json"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
