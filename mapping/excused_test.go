package mapping

import (
	"strings"
	"testing"
)

// Against the way that a type travels a road serves the laws only: what a drop
// or a one-way rule with a reason names may be missing there.
func TestRequiredFieldsAreExcusedAgainstTheWay(t *testing.T) {
	s := small{
		nat:   `required:a,o;"a":` + str + `,"o":` + objectSchema(`required:c,n;"c":`+str+`,"n":`+str),
		loc:   `"x":` + str + `,"y":` + str,
		rules: "- {nat: a, loc: x}\n- {nat: o.n, loc: y, direction: to-local, why: 只显示}\n- {nat: o, drop: to-local, why: 对方无此字段}\n",
	}
	src := s.source()
	src.Way = func(string) string { return "D" }
	p, fs := Compile(src, "t")
	if p == nil {
		t.Fatalf("excused fields are errors:\n%s", findings(fs))
	}
	if p.Direction() != ToLocal {
		t.Fatalf("the type's own way is %s", p.Direction())
	}
	src.FS = withDirection(t, src, "both")
	if p, fs = Compile(src, "t"); p == nil {
		t.Fatalf("excused fields are errors:\n%s", findings(fs))
	}
	b, _, err := p.ToNational(nil, []byte(`{"x":"1","y":"2"}`), &testEnv)
	if err != nil || string(b) != `{"a":"1"}` {
		t.Errorf("got %s, %s", b, codesOf(err))
	}
	src.Way = func(string) string { return "" }
	if p, fs = Compile(src, "t"); p != nil || !strings.Contains(findings(fs), "required-unmapped") {
		t.Errorf("an own profile excuses nothing:\n%s", findings(fs))
	}
}
