package problem

import "testing"

func TestEveryCodeHasAStatusOfARefusal(t *testing.T) {
	codes := Codes()
	if len(codes) == 0 {
		t.Fatal("no codes")
	}
	for code, status := range codes {
		if status < 400 || status > 599 || Status(code) != status || (&Problem{Code: code}).Status() != status {
			t.Errorf("%s: %d", code, status)
		}
	}
	codes["schema"] = 200
	if Status("schema") != 422 {
		t.Error("the table can be changed from outside")
	}
	if Status("nobody's") != 500 {
		t.Error("an unknown code is not ours to answer for")
	}
}

func TestProblemSaysItsCodeAndOurWords(t *testing.T) {
	for want, p := range map[string]*Problem{"schema": {Code: "schema"}, "store: the message was not stored": {Code: "store", Detail: "the message was not stored"}} {
		if got := p.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
