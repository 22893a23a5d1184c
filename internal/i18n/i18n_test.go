package i18n

import (
	"strings"
	"testing"
	"unicode"
)

func TestNoCodeLacksATextInEitherLanguage(t *testing.T) {
	check := func(table, code, part string, x Text) {
		t.Helper()
		if strings.TrimSpace(x.ZH) == "" || strings.TrimSpace(x.EN) == "" {
			t.Errorf("%s %q: %s lacks a language: %q / %q", table, code, part, x.ZH, x.EN)
		}
		if strings.ContainsFunc(x.EN, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && code != "lang.other" {
			t.Errorf("%s %q: English %s has Chinese in it: %q", table, code, part, x.EN)
		}
	}
	for name, table := range map[string]map[string]Text{
		"checks": checks, "states": states, "directions": directions, "outcomes": outcomes, "attempt codes": attemptCodes,
		"modes": modes, "unit statuses": unitStatuses, "case states": caseStates, "clocks": clocks, "console": console, "types": types, "troubles": troubles, "findings": findings, "settings": settings, "tips": tips,
	} {
		for code, x := range table {
			check(name, code, "text", x)
		}
	}
	for name, table := range map[string]map[string]Named{"problems": problems, "reasons": reasons, "marks": marks} {
		for code, n := range table {
			check(name, code, "name", n.Name)
			check(name, code, "words", n.Says)
		}
	}
}

func TestListedCodesHaveTexts(t *testing.T) {
	for _, l := range []Lang{ZH, EN} {
		for _, code := range Reasons() {
			if name, todo := Reason(l, code); name == code || todo == "" {
				t.Errorf("reason %s has no text in %s", code, l)
			}
		}
		for _, code := range Marks() {
			if name, says := Mark(l, code); name == code || says == "" {
				t.Errorf("mark %s has no text in %s", code, l)
			}
		}
		for _, code := range States() {
			if State(l, code) == code {
				t.Errorf("state %s has no text in %s", code, l)
			}
		}
	}
}

func TestPlaceholdersAgreeBetweenLanguages(t *testing.T) {
	for key, x := range console {
		for form := range strings.SplitSeq(x.EN, "|") {
			if strings.Count(x.ZH, "%") != strings.Count(form, "%") {
				t.Errorf("%s: the languages take different arguments: %q / %q", key, x.ZH, form)
			}
		}
		if strings.Contains(x.ZH, "|") {
			t.Errorf("%s: Chinese has no plural: %q", key, x.ZH)
		}
	}
}

func TestOneIsNotMany(t *testing.T) {
	for want, got := range map[string]string{
		"1 unit in trouble":  Say(EN, "health.trouble", 1),
		"2 units in trouble": Say(EN, "health.trouble", 2),
		"0 units paused":     Say(EN, "health.paused", 0),
		"1 个对接单位故障":          Say(ZH, "health.trouble", 1),
		"1 error":            Count(1, "error"),
		"0 errors":           Count(0, "error"),
		"3 entries":          Count(3, "entry", "entries"),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestUnknownCodeReadsAsItself(t *testing.T) {
	if got := State(ZH, "nowhere"); got != "nowhere" {
		t.Errorf("State = %q", got)
	}
	if name, _ := Reason(EN, "E205"); name != "E205" {
		t.Errorf("Reason = %q", name)
	}
}

func TestAcceptLanguage(t *testing.T) {
	for _, tt := range []struct {
		accept   string
		fallback Lang
		want     Lang
	}{
		{"", ZH, ZH},
		{"", EN, EN},
		{"en", ZH, EN},
		{"en-US,en;q=0.9", ZH, EN},
		{"zh-CN,zh;q=0.9,en;q=0.8", EN, ZH},
		{"en;q=0.3, zh;q=0.9", ZH, ZH},
		{"fr-FR", ZH, ZH},
		{"*", ZH, ZH},
		{"not a header;;;", ZH, ZH},
	} {
		if got := Match(tt.accept, tt.fallback); got != tt.want {
			t.Errorf("Match(%q, %s) = %s, want %s", tt.accept, tt.fallback, got, tt.want)
		}
	}
}

func TestRoadsWordsAreTranslatedOrKept(t *testing.T) {
	for english, want := range map[string]string{
		"the case was accepted before":                   "此案此前已受理",
		"refused by the receiver: code E205, status 200": "对方拒收：code E205, status 200",
		"a sentence that nobody translated":              "a sentence that nobody translated",
		"":                                               "",
	} {
		if got := Detail(ZH, english); got != want {
			t.Errorf("Detail(%q) = %q", english, got)
		}
		if got := Detail(EN, english); got != english {
			t.Errorf("English changed: %q", got)
		}
	}
	for english, zh := range sentences {
		if zh == "" || zh == english {
			t.Errorf("no Chinese for %q", english)
		}
	}
	if got := Check(ZH, "unit-forbidden"); got != "无权访问该对接单位" {
		t.Errorf("Check of a problem code = %q", got)
	}
}
