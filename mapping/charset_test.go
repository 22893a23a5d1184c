package mapping

import (
	"errors"
	"testing"
)

// TestCharsetErrorNamesTheCodePoint: who looks for a substitute needs to know of what.
func TestCharsetErrorNamesTheCodePoint(t *testing.T) {
	p := small{nat: `"a":` + str + `,"b":` + str, loc: `"x":` + str + `,"y":` + str, rules: "- {nat: a, loc: x}\n- {nat: b, loc: y}", charset: "GBK"}.compile(t)
	_, _, err := p.ToLocal(nil, []byte(`{"a":"王䶮","b":"€"}`), &testEnv)
	var errs Errors
	if !errors.As(err, &errs) || len(errs) != 2 {
		t.Fatalf("%v, want two errors", err)
	}
	for i, want := range []string{"the wire charset does not hold a character: U+4DAE", "the wire charset does not hold a character: U+20AC"} {
		if errs[i].Code != "charset" || errs[i].Text != want {
			t.Errorf("%s %q, want charset %q", errs[i].Code, errs[i].Text, want)
		}
	}
}
