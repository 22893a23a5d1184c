package mapping

import "testing"

func TestRememberedValueReturnsWhereTheCarriedOneStayed(t *testing.T) {
	p := small{nat: `"a":{"type":"string","format":"date-time"}`, loc: `"x":` + str, rules: `- {nat: a, loc: x, time: {loc: yyyyMMdd}, lossy: to-local, why: x, remember: true}`}.compile(t)
	env := testEnv
	_, made, err := p.ToLocal(nil, []byte(`{"a":"2026-11-20T09:00:00+08:00"}`), &env)
	if err != nil {
		t.Fatal(err)
	}
	env.Remembered = made.Remember
	for in, want := range map[string]string{
		`{"x":"20261120"}`: `{"a":"2026-11-20T09:00:00+08:00"}`,
		`{"x":"20261121"}`: `{"a":"2026-11-21T00:00:00+08:00"}`,
	} {
		b, _, err := p.ToNational(nil, []byte(in), &env)
		if err != nil || string(b) != want {
			t.Errorf("%s gives %s, want %s (%v)", in, b, want, err)
		}
	}
}

func TestUnknownFieldsOfElementsReturnUnderTheirKey(t *testing.T) {
	element := objectSchema(`"id":` + str + `,"name":` + str + `,"in":` + objectSchema(`"b":`+str))
	s := small{
		nat: `"ps":{"type":"array","items":` + element + `},"qs":{"type":"array","items":` + element + `}`,
		loc: `"ls":{"type":"array","items":` + objectSchema(`"xm":`+str+`,"in":`+objectSchema(`"c":`+str)) + `},"ms":{"type":"array","items":` + objectSchema(`"xm":`+str) + `}`,
		rules: "- nat: ps[*]\n  loc: ls[*]\n  key: {nat: id, loc: '#n', as: party}\n  each: [{nat: name, loc: xm}, {nat: in.b, loc: in.c}]\n" +
			"- nat: qs[*]\n  loc: ms[*]\n  each: [{nat: name, loc: xm}, {nat: id, drop: to-local, why: x}, {nat: in, drop: to-local, why: x}]\n",
	}
	src := s.source()
	src.Unknown = "keep"
	p, fs := Compile(src, "t")
	if p == nil {
		t.Fatal(findings(fs))
	}
	env := testEnv
	nat, made, err := p.ToNational(nil, []byte(`{"ls":[{"xm":"a","new":1,"in":{"c":"C","deep":[2]}},{"xm":"b"},{"xm":"c","new":3}],"ms":[{"xm":"q","lost":1}],"top":{"x":null}}`), &env)
	if err != nil {
		t.Fatal(err)
	}
	env.Remembered = made.Remember
	b, _, err := p.ToLocal(nil, nat, &env)
	want := `{"ls":[{"xm":"a","in":{"c":"C","deep":[2]},"new":1},{"xm":"b"},{"xm":"c","new":3}],"ms":[{"xm":"q"}],"top":{"x":null}}`
	if err != nil || string(b) != want {
		t.Errorf("got\n%s, want\n%s (%v)", b, want, err)
	}
}

func TestUnknownFieldsAreKeptAndRestored(t *testing.T) {
	s := small{nat: `"a":` + str, loc: `"x":` + str + `,"o":` + objectSchema(`"y":`+str), rules: "- {nat: a, loc: x}\n- {loc: o.y, const: K}\n"}
	src := s.source()
	src.Unknown = "keep"
	p, fs := Compile(src, "t")
	if p == nil {
		t.Fatal(findings(fs))
	}
	env := testEnv
	nat, made, err := p.ToNational(nil, []byte(`{"x":"1","new":{"n":[1]},"o":{"y":"K","z":2}}`), &env)
	if err != nil {
		t.Fatal(err)
	}
	env.Remembered = made.Remember
	b, _, err := p.ToLocal(nil, nat, &env)
	if want := `{"x":"1","new":{"n":[1]}}`; err != nil || string(b) != want {
		t.Errorf("got %s, want %s (%v)", b, want, err)
	}
}
