package event

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"duijie/internal/problem"
)

const ping = `{"specversion":"1.0","id":"1","source":"urn:national:test","type":"test.ping","subject":"n-1","time":"2026-11-20T09:00:00.5+08:00","unit":"510000","data":{"nonce":"n-1","at":"2026-11-20T09:00:00+08:00"}}`

func parse(t *testing.T, raw string) *Event {
	t.Helper()
	e, p := Parse([]byte(raw))
	if p != nil {
		t.Fatalf("%s: %v %v", raw, p, p.Items)
	}
	return e
}

func brief(p *problem.Problem) string {
	if p == nil {
		return ""
	}
	s := p.Code
	for _, i := range p.Items {
		s += " " + i.Pointer + " " + i.Code
	}
	return s
}

func with(name, value string) string {
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(ping), &m); err != nil {
		panic(err)
	}
	if delete(m, name); value != "" {
		m[name] = json.RawMessage(value)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func TestParseGivesTheAttributes(t *testing.T) {
	raw := strings.Replace(ping, `"data":`, `"traceparent":"00-x","n":1,"datacontenttype":"application/json; charset=utf-8","dataschema":"urn:duijie:national:v1:test.ping","data" : `, 1)
	e := parse(t, raw)
	if e.ID != "1" || e.Source != "urn:national:test" || e.Type != "test.ping" || e.Subject != "n-1" || e.Unit != "510000" || e.DataSchema != "urn:duijie:national:v1:test.ping" {
		t.Errorf("%+v", e)
	}
	if want := time.Date(2026, 11, 20, 1, 0, 0, 5e8, time.UTC); !e.Time.Equal(want) || e.TimeText != "2026-11-20T09:00:00.5+08:00" {
		t.Errorf("time %v %s", e.Time, e.TimeText)
	}
	if string(e.Data) != `{"nonce":"n-1","at":"2026-11-20T09:00:00+08:00"}` {
		t.Errorf("data %s", e.Data)
	}
	if len(e.Extensions) != 2 || string(e.Extensions["traceparent"]) != `"00-x"` || string(e.Extensions["n"]) != "1" {
		t.Errorf("extensions %v", e.Extensions)
	}
}

func TestMalformed(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for what, raw := range map[string]string{
		"empty":                     "",
		"blank":                     "  \n",
		"cut":                       ping[:len(ping)-1],
		"trailing garbage":          ping + "x",
		"two values":                ping + ping,
		"byte order mark":           "\ufeff" + ping,
		"not UTF-8":                 with("x", "\"\xff\""),
		"a surrogate in UTF-8":      with("x", "1") + "\xed\xa0\x80",
		"an overlong slash":         strings.Replace(ping, "n-1", "\xc0\xaf", 1),
		"lone high surrogate":       with("x", `"\ud83d"`),
		"lone low surrogate":        with("x", `"\udc00a"`),
		"surrogates the wrong way":  with("x", `"\udc00\ud83d"`),
		"U+0000 in a value":         with("x", `"a\u0000"`),
		"U+0000 in a name":          with("x", `{"\u0000":1}`),
		"U+0000 after a backslash":  with("x", `"\\\u0000"`),
		"U+0000 raw":                with("x", `1`) + "\x00",
		"twice at the top":          strings.Replace(ping, `"id":"1"`, `"id":"1","id":"1"`, 1),
		"twice below":               with("data", `{"a":[{"b":1,"c":2,"b":1}]}`),
		"twice by another spelling": with("data", `{"a":1,"\u0061":1}`),
		"too deep":                  with("x", deep(64)),
		"a comment":                 "/**/" + ping,
		"not a number":              with("x", "1") + "NaN",
	} {
		if _, p := Parse([]byte(raw)); brief(p) != "malformed" {
			t.Errorf("%s: %s", what, brief(p))
		} else if strings.Contains(p.Detail, "n-1") {
			t.Errorf("%s: quotes the message: %s", what, p.Detail)
		}
	}
	for what, raw := range map[string]string{
		"64 deep":                           with("x", deep(63)),
		"a pair of surrogates":              with("x", `"\ud83d\ude00"`),
		"an escaped backslash before u0000": with("x", `"\\u0000"`),
		"brackets in strings":               with("x", `"`+strings.Repeat("[", 100)+`\"["`),
	} {
		if _, p := Parse([]byte(raw)); p != nil {
			t.Errorf("%s: %s", what, brief(p))
		}
	}
}

func TestEnvelopeFindsAllAtOnce(t *testing.T) {
	long := `"` + strings.Repeat("字", 86) + `"` // 258 bytes
	for raw, want := range map[string]string{
		`{}`:                                   "/data required /id required /source required /specversion required /subject required /time required /type required /unit required",
		`[]`:                                   "/data required /id required /source required /specversion required /subject required /time required /type required /unit required",
		with("specversion", `"0.3"`):           "/specversion const",
		with("specversion", `1.0`):             "/specversion type",
		with("id", ""):                         "/id required",
		with("id", "null"):                     "/id required",
		with("id", `7`):                        "/id type",
		with("id", `""`):                       "/id minLength",
		with("id", long):                       "/id maxLength",
		with("source", `"a\nb"`):               "/source pattern",
		with("subject", `"a\u0085b"`):          "/subject pattern",
		with("subject", long):                  "/subject maxLength",
		with("time", `"2026-02-30T09:00:00Z"`): "/time format",
		with("time", `"2026-11-20T09:00:00"`):  "/time format",
		with("time", `"2026-11-20t09:00:00z"`): "/time format",
		with("unit", `510000`):                 "/unit type",
		with("data", ""):                       "/data required",
		with("data_base64", `"e30="`):          "/data_base64 additionalProperties",
		with("datacontenttype", `"text/xml"`):  "/datacontenttype pattern",
		with("dataschema", `"urn:duijie:national:v2:test.ping"`): "/dataschema const",
		with("dataschema", `"urn:duijie:national:v1:case.x"`):    "/dataschema const",
	} {
		if _, p := Parse([]byte(raw)); brief(p) != "envelope "+want {
			t.Errorf("%.80s\n got %s\nwant envelope %s", raw, brief(p), want)
		}
	}
	for _, ok := range []string{
		with("id", `"`+strings.Repeat("字", 85)+`"`), with("datacontenttype", `"application/vnd.x+json"`), with("datacontenttype", `"text/json"`),
		with("data", "null"), with("data", "[]"), with("data_base64", "null"), with("dataschema", "null"),
	} {
		parse(t, ok)
	}
}

func TestEnvelopeProblemStillNamesTheEvent(t *testing.T) {
	e, p := Parse([]byte(with("unit", "")))
	if p == nil || e == nil || e.ID != "1" || e.Source != "urn:national:test" {
		t.Errorf("%+v %v", e, p)
	}
}

func TestSplitBatchKeepsABadElementToItself(t *testing.T) {
	bad := []string{`{"a":1,"a":2}`, `"\ud800"`, "\"\xff\"", `1`}
	raw := " [ " + ping + " , " + strings.Join(bad, ",") + ",\n" + ping + " ] "
	got, p := SplitBatch([]byte(raw))
	if p != nil || len(got) != 6 {
		t.Fatalf("%d elements, %v", len(got), p)
	}
	if string(got[0]) != ping || string(got[5]) != ping {
		t.Error("an element is not as written")
	}
	for i, b := range bad {
		if string(got[i+1]) != b {
			t.Errorf("element %d is %q", i+1, got[i+1])
		}
		if _, p := Parse(got[i+1]); p == nil {
			t.Errorf("element %d passes", i+1)
		}
	}
	if got, p := SplitBatch([]byte("[]")); p != nil || len(got) != 0 {
		t.Errorf("empty: %v %v", got, p)
	}
	for _, no := range []string{"", "{}", "[", "[1,]", "[1 2]", "[]x", "[] []", `[{"a":}]`, "null"} {
		if _, p := SplitBatch([]byte(no)); brief(p) != "malformed" {
			t.Errorf("%q: %s", no, brief(p))
		}
	}
}

func TestBuildWritesWhatParseReads(t *testing.T) {
	in := parse(t, with("traceparent", `"x"`))
	one, err := Build(in)
	if err != nil {
		t.Fatal(err)
	}
	out := parse(t, string(one))
	if out.TimeText != in.TimeText || out.ID != in.ID || !bytes.Equal(out.Data, in.Data) || string(out.Extensions["traceparent"]) != `"x"` {
		t.Errorf("%s", one)
	}
	two, err := Build(out)
	if err != nil || !bytes.Equal(one, two) {
		t.Errorf("%v\n%s\n%s", err, one, two)
	}
	in.TimeText = ""
	if raw, err := Build(in); err != nil || !bytes.Contains(raw, []byte(`"time":"2026-11-20T09:00:00.5+08:00"`)) {
		t.Errorf("%v %s", err, raw)
	}
	in.Unit = ""
	if _, err := Build(in); err == nil || err.Error() != "build event: /unit: required" {
		t.Errorf("no unit: %v", err)
	}
}
