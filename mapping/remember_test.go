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
