package mapping

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

func TestPatternTableSaysWhatTheRegularExpressionSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "0159aAfzZ.-_:()中 \n"
	for _, text := range []string{
		`^[A-Za-z0-9][A-Za-z0-9._:-]*$`, `^[0-9a-f]{4}$`, `^[0-9]{4}-((0[1-9]|1[0-2])|Q[1-4])$`, `^([0-9]{2}|[0-9]{3}|[0-9]{5})$`,
		`^(0|[1-9][0-9]{0,3})(\.[0-9]{1,2})?$`, `5a`, `^1`, `9$`, `^$`, ``, `a|^1$`, `(?i)^az*$`, `^.a`, `(?s)^.a$`, `[^0-9]`, `^(?:1|15)*$`, `\b1`, `(?m)^a$`,
	} {
		p, err := newPattern(text)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(text)
		for range 3000 {
			var s []rune
			for range r.IntN(7) {
				s = append(s, []rune(letters)[r.IntN(len([]rune(letters)))])
			}
			in := string(s)
			if p.MatchString(in) != re.MatchString(in) {
				t.Fatalf("%s of %q: %v", text, in, p.MatchString(in))
			}
			if q := p.quick(); q != nil && ascii([]byte(in)) && q.matches([]byte(in)) != re.MatchString(in) {
				t.Fatalf("%s of the bytes %q: %v", text, in, q.matches([]byte(in)))
			}
		}
	}
	if p, err := newPattern(`\b1`); err != nil || p.quick() != nil {
		t.Error("an expression that looks at words has a table")
	}
	if _, err := newPattern(`(`); err == nil {
		t.Error("a broken expression is none")
	}
}
