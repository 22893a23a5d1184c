package mapping

import "testing"

func TestPathsParse(t *testing.T) {
	for _, c := range []struct{ raw, want string }{
		{"a.b.c", "a|b|c"},
		{"发文字号.编号", "发文字号|编号"},
		{"a[*]", "a|[*]"},
		{"a[0].b", "a|[0]|b"},
		{"a[role=applicant]", "a|[role=applicant]"},
		{`a[role=agent & kind="x & ]y"].n`, `a|[role=agent & kind="x & ]y"]|n`},
		{"[*].id", "[*]|id"},
		{`"a.b".c`, "a.b|c"},
		{`"a\"b".c`, `a"b|c`},
		{"aj:Body.@id", "aj:Body|@id"},
		{"e.#text", "e|#text"},
		{"/Head.lsh", "/|Head|lsh"},
		{"^.agents[forParty=.id]", "^|agents|[forParty=.id]"},
		{"^^.x", "^^|x"},
		{"^", "^|."},
		{".", "."},
		{"#n", "#n"},
		{"#key", "#key"},
		{"a.{*}", "a|{*}"},
		{"rating-{*}", "rating-{*}"},
	} {
		p, err := parsePath(c.raw)
		if err != nil {
			t.Errorf("%s: %v", c.raw, err)
			continue
		}
		if got := written(p); got != c.want {
			t.Errorf("%s: got %s, want %s", c.raw, got, c.want)
		}
	}
}

func written(p *path) string {
	out := ""
	add := func(s string) {
		if out != "" {
			out += "|"
		}
		out += s
	}
	if p.abs {
		add("/")
	}
	if p.up > 0 {
		add("^^^^"[:p.up])
	}
	switch {
	case p.self:
		add(".")
	case p.place:
		add("#n")
	case p.key:
		add("#key")
	}
	for _, s := range p.steps {
		switch s.kind {
		case stepField:
			add(s.name)
		case stepIndex:
			add("[" + itoa(s.index) + "]")
		case stepEvery:
			add("[*]")
		case stepSelector:
			add("[" + s.selector + "]")
		case stepFree:
			add(s.name + "{*}" + s.suffix)
		}
	}
	return out
}

func TestBrokenPathsAreErrors(t *testing.T) {
	for _, raw := range []string{"", "a.", "a..b", ".a.", "a[", "a[x", "a[x]", "a[=1]", "a[1", `"a`, "a b.", "a]b", "a{b}", "a[99999]", "/"} {
		if p, err := parsePath(raw); err == nil {
			t.Errorf("%q parses to %s", raw, written(p))
		}
	}
}

func TestNearestName(t *testing.T) {
	among := []string{"caseNo", "courtCaseNo", "remark", "amount"}
	for word, want := range map[string]string{"caseNumber": "", "caesNo": "caseNo", "remrak": "remark", "amout": "amount", "zzz": ""} {
		if got := nearest(word, among); got != want && !(word == "caseNumber" && got == "caseNo") {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
