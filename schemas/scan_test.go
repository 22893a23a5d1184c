package schemas

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var patterns = []string{
	`^[A-Za-z0-9][A-Za-z0-9._:-]*$`, `^[0-9]{4}-((0[1-9]|1[0-2])|Q[1-4])$`, `^(0|[1-9][0-9]{0,13})(\.[0-9]{1,2})?$`, `^[0-9a-f]{64}$`, `^([0-9]{6}|[0-9]{9}|[0-9]{12})$`,
	``, `a`, `^a`, `a$`, `ab|cd`, `^$`, `^a*$|^b`, `(?i)^ab$`, `.`, `^[^a]b`, `\bab\b`, `(?m)^a$`, `a{0,300}$`, `^(a|b)*c?$`, `\A\d+\z`, `$^`, `a$b`, `(^a|b$)`, `x*`, `^长$`,
}

// TestPatternsAreTables: those of the profile need no regexp.
func TestPatternsAreTables(t *testing.T) {
	for _, expr := range patterns[:5] {
		if p, err := newPattern(expr); err != nil || p.re != nil {
			t.Errorf("%s: %v", expr, err)
		}
	}
	if p, err := newPattern(`\bab\b`); err != nil || p.re == nil {
		t.Errorf("a word's border is in a table: %v", err)
	}
	if _, err := newPattern(`(`); err == nil {
		t.Error("half an expression is read")
	}
}

// FuzzPattern holds tables to package regexp: never a match that is none, and
// for ASCII every one that is.
func FuzzPattern(f *testing.F) {
	for i := range patterns {
		for _, s := range []string{"", "a", "ab", "b", "AB", "abab", "xaby", "cd", "12.30", "0", "0.", "00", "510100", "2026-11", "2026-Q5", strings.Repeat("0", 64), strings.Repeat("a", 301), "长", "a\nb", "xb"} {
			f.Add(uint8(i), s)
		}
	}
	tables := make([]*pattern, len(patterns))
	for i, expr := range patterns {
		var err error
		if tables[i], err = newPattern(expr); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, text string) {
		at := int(i) % len(patterns)
		expr, p := patterns[at], tables[at]
		ascii := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
		if got, want := p.match([]byte(text)), regexp.MustCompile(expr).MatchString(text); got != want && (got || ascii) {
			t.Errorf("%s on %q: %v", expr, text, got)
		}
	})
}

// FuzzMoments holds the short reading of dates and times to package time and ParseTime.
func FuzzMoments(f *testing.F) {
	for _, s := range []string{
		"2026-11-20", "2024-02-29", "2023-02-29", "1900-02-29", "2000-02-29", "0000-02-29", "2026-04-31", "2026-13-01", "2026-00-01", "2026-01-00", "2026-1-01", "9999-12-31",
		"2026-11-20T09:00:00Z", "2026-11-20T09:00:00+08:00", "2026-11-20T09:00:00.5-23:59", "2026-11-20T09:00:00.1234567890Z", "2026-11-20T09:00:00.Z", "2026-11-20T09:00:60Z",
		"2026-11-20T24:00:00Z", "2026-11-20T09:00:00+24:00", "2026-11-20T09:00:00,5Z", "2026-11-20T9:00:00.5Z", "2026-11-20T09:00:00+0800", "2026-11-20T09:00:00", "2026-11-20T09:00:00z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := time.Parse(time.DateOnly, s); isDate([]byte(s)) != (err == nil) {
			t.Errorf("date %q: %v", s, err)
		}
		_, ok := ParseTime(s)
		if isTime([]byte(s)) && !ok {
			t.Errorf("%q is no time", s)
		}
		if dot := strings.IndexByte(s, '.'); ok && !isTime([]byte(s)) && (dot < 0 || len(s)-dot <= len(".123456789")) {
			t.Errorf("%q is a time", s)
		}
	})
}

// FuzzFree holds the reading of bytes to encoding/json: what is read is JSON, its
// length is right, and so is the count of a string's runes.
func FuzzFree(f *testing.F) {
	for _, s := range []string{
		`{}`, `[]`, `[1,-0.5e+3,0,true,false,null,"a\n\u00e9\"",{"a":{"b":[[]]}}]`, `"`, `"a`, `"\`, `"\u12`, `"\ud800"`, `"\ud83d\ude00"`, `"\x"`, `01`, `1.`, `-`, `1e`, `.5`, `tru`, `{"a"}`,
		`{"a":1,}`, `[,]`, `{"\u0061":1}`, "\"\x01\"", "\"12345678\x01\"", `"1234567\"90"`, `[1 2]`, "[\u00a01]", `{"a" : 1 , "b":2 }`, strings.Repeat("[", 40), `"长长长长长长长长长"`,
		"\"\x7f\x80\"", "\"        !!!!!!!!\"", `{"":0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		end := free(data, 0, 0, false)
		if end < 0 || !utf8.Valid(data) {
			return
		}
		if end > len(data) || !json.Valid(data[:end]) {
			t.Fatalf("%q is read to %d", data, end)
		}
		if data[0] == '"' {
			var s string
			if err := json.Unmarshal(data[:end], &s); err != nil {
				t.Fatal(err)
			}
			if _, extra := quoted(data, 0); utf8.RuneCountInString(s) != utf8.RuneCount(data[1:end-1])-extra {
				t.Fatalf("%q: %d bytes for escapes", data, extra)
			}
			if at := strings.IndexByte(string(data[:end]), '\\'); at < 0 && s != string(data[1:end-1]) {
				t.Fatalf("%q stands as %q", data, s)
			}
		}
	})
}

// TestFreeReadsAllJSON: what encoding/json writes is read, but for deep nesting.
func TestFreeReadsAllJSON(t *testing.T) {
	for _, v := range []any{nil, true, false, 0, -1.5e300, "a\"\\\n\u2028<>", []any{}, map[string]any{"a": []any{1, "b"}, "b": nil}} {
		raw, err := json.MarshalIndent(v, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if end := free(raw, 0, 0, true); end != len(raw) {
			t.Errorf("%s is read to %d", raw, end)
		}
	}
	if raw := []byte(`{"a":{"to":1}}`); free(raw, 0, 0, true) >= 0 || free(raw, 0, 0, false) < 0 {
		t.Error("members that are looked at")
	}
}
