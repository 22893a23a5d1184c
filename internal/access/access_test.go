package access

import (
	"strings"
	"testing"
)

func TestTokenIsFoundByItsDigestOnly(t *testing.T) {
	wang, err := NewPerson("wang", Hash("s3cret"), "operator")
	if err != nil {
		t.Fatal(err)
	}
	l := List{wang}
	if p, ok := l.Find("s3cret"); !ok || p.Name != "wang" || p.Role != Operator {
		t.Errorf("Find(right token) = %v, %v", p, ok)
	}
	for _, token := range []string{"", "S3cret", Hash("s3cret")} {
		if _, ok := l.Find(token); ok {
			t.Errorf("Find(%q) found somebody", token)
		}
	}
}

// The digest of GB/T 32905, example 1.
func TestHashIsSM3(t *testing.T) {
	const want = "sm3:66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	if got := Hash("abc"); got != want {
		t.Errorf("Hash = %s", got)
	}
}

func TestBadEntriesAreRefused(t *testing.T) {
	good := Hash("x")
	for what, e := range map[string][3]string{
		"no name":      {"", good, "viewer"},
		"no prefix":    {"a", good[4:], "viewer"},
		"upper case":   {"a", "sm3:" + strings.ToUpper(good[4:]), "viewer"},
		"short":        {"a", "sm3:00", "viewer"},
		"unknown role": {"a", good, "root"},
	} {
		if _, err := NewPerson(e[0], e[1], e[2]); err == nil {
			t.Errorf("%s: accepted", what)
		} else if strings.Contains(err.Error(), good[4:]) {
			t.Errorf("%s: the error quotes the hash", what)
		}
	}
}

func TestRolesIncludeTheOnesBelow(t *testing.T) {
	for _, tt := range []struct {
		have, need Role
		want       bool
	}{
		{Viewer, Viewer, true}, {Viewer, Operator, false}, {Operator, Viewer, true}, {Operator, Operator, true},
		{Operator, Admin, false}, {Admin, Operator, true}, {"", Viewer, false}, {"root", Viewer, false},
	} {
		if got := tt.have.Allows(tt.need); got != tt.want {
			t.Errorf("%q allows %q = %v", tt.have, tt.need, got)
		}
	}
}
