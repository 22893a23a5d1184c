package event

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"duijie/schemas"
)

func digest(t *testing.T, raw string) string {
	t.Helper()
	sum, err := Digest(parse(t, raw))
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(sum[:])
}

func TestRetryReserialisedHasTheSameDigest(t *testing.T) {
	one := with("data", `{"b":[1.0,{"y":"中/é","x":null}],"a":"\"\\"}`)
	same := map[string]string{
		"white space":        with("data", " { \"b\" : [ 1.0 , {\"y\":\"中/é\",\"x\":null} ] ,\n\"a\" : \"\\\"\\\\\" } "),
		"order":              with("data", `{"a":"\"\\","b":[1.0,{"x":null,"y":"中/é"}]}`),
		"escapes":            with("data", `{"\u0062":[1.0,{"y":"\u4e2d\/\u00E9","x":null}],"a":"\u0022\u005C"}`),
		"time":               strings.Replace(one, "09:00:00.5", "10:00:00", 1),
		"another attribute":  strings.Replace(one, `"id":"1"`, `"id":"2","traceparent":"x","datacontenttype":"application/json"`, 1),
		"dataschema spelled": strings.Replace(one, `"id":"1"`, `"id":"1","dataschema":"urn:duijie:national:v1:test.ping"`, 1),
	}
	want := digest(t, one)
	for what, raw := range same {
		if got := digest(t, raw); got != want {
			t.Errorf("%s changes the digest", what)
		}
	}
	other := map[string]string{
		"a number written otherwise": strings.Replace(one, "1.0", "1", 1),
		"a number as text":           strings.Replace(one, "1.0", `"1.0"`, 1),
		"null and absent":            strings.Replace(one, `,"x":null`, "", 1),
		"order of a list":            strings.Replace(one, `[1.0,{"x":null,"y":"中/é"}]`, `[{"x":null,"y":"中/é"},1.0]`, 1),
		"composed and decomposed":    strings.Replace(one, "é", "e\u0301", 1),
		"subject":                    strings.Replace(one, `"subject":"n-1"`, `"subject":"n-2"`, 1),
		"type":                       strings.Replace(one, "test.ping", "test.pong", 1),
		"unit":                       strings.Replace(one, `"unit":"510000"`, `"unit":"320000"`, 1),
	}
	seen := map[string]string{want: "the first"}
	for what, raw := range other {
		if raw == one && what != "order of a list" {
			t.Fatalf("%s changed nothing", what)
		}
		got := digest(t, raw)
		if before, is := seen[got]; is && raw != one {
			t.Errorf("%s has the digest of %s", what, before)
		}
		seen[got] = what
	}
}

func TestDigestIsSM3OfTheWrittenForm(t *testing.T) {
	form := `{"data":{"at":"2026-11-20T09:00:00+08:00","nonce":"n-1"},"dataschema":"urn:duijie:national:v1:test.ping","subject":"n-1","type":"test.ping","unit":"510000"}`
	sum := sm3.Sum([]byte(form))
	if got := digest(t, ping); got != hex.EncodeToString(sum[:]) {
		t.Error("the digest is of another form than documented")
	}
}

func TestKeyIsComputed(t *testing.T) {
	sum := sm3.Sum([]byte("510000\nurn:national:test\n1"))
	if got := Key("510000", "urn:national:test", "1"); got != hex.EncodeToString(sum[:])[:32] {
		t.Errorf("key %s", got)
	}
}

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		`{"b":1,"a":{"d":[ ],"c":{ }}}`:     `{"a":{"c":{},"d":[]},"b":1}`,
		`[1.0, 1e5 , -0, true,false,null]`:  `[1.0,1e5,-0,true,false,null]`,
		`"\b\t\n\f\r\u000b\u001f\u007f<&>"`: "\"\\b\\t\\n\\f\\r\\u000b\\u001f\u007f<&>\"",
		`{"\ud83d\ude00":1,"é":2,"z":3}`:    `{"z":3,"é":2,"😀":1}`,
		`{"ab":1,"a":2,"":3}`:               `{"":3,"a":2,"ab":1}`,
	} {
		got, err := Canonical([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s\n got %s %v\nwant %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "{", `{"a":1,"a":1}`, "1 2", "1 x", "{}}", `"\ud800"`, "[1}"} {
		if got, err := Canonical([]byte(in)); err == nil {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// TestHostileEventsEnd would hang, or run out of stack, where work grew faster than the message.
func TestHostileEventsEnd(t *testing.T) {
	const megabytes = 2 << 20
	var members []string
	for i := range megabytes / 16 {
		members = append(members, fmt.Sprintf(`"k%06d":1`, megabytes-i))
	}
	for what, data := range map[string]string{
		"many members backwards": "{" + strings.Join(members, ",") + "}",
		"many empty arrays":      "[" + strings.TrimSuffix(strings.Repeat("[],", megabytes/3), ",") + "]",
		"many backslashes":       `"` + strings.Repeat(`\\`, megabytes/2) + `"`,
		"deep and wide":          strings.Repeat(`{"a":[`, 30) + `"` + strings.Repeat("x", megabytes) + `"` + strings.Repeat("]}", 30),
	} {
		if digest(t, with("data", data)) == "" {
			t.Error(what)
		}
	}
	if _, p := Parse([]byte(strings.Repeat("[", 10*megabytes))); p == nil {
		t.Error("endless depth passes")
	}
	if _, p := SplitBatch([]byte(strings.Repeat("[", 10*megabytes))); p == nil {
		t.Error("endless depth passes as a batch")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{ping, "[" + ping + "]", `{"a":"\u0000"}`, `{"a":1,"a":1}`, "\xff", `{"id":"\ud800"}`, "[[[[[]]]]]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, p := SplitBatch(raw); p == nil && !json.Valid(raw) && brief(strict(raw)) == "" {
			t.Fatal("a batch that is no JSON")
		}
		e, p := Parse(raw)
		if p != nil {
			return
		}
		one, err := Digest(e)
		if err != nil {
			t.Fatal(err)
		}
		stored, p := Stored(raw)
		if p != nil {
			t.Fatal(p)
		}
		form, err := appendDecoded([]byte(formBegins), stored.Data)
		if err != nil || digestOf(stored, form) != one {
			t.Fatalf("another digest by the decoder, %v", err)
		}
		built, err := Build(e)
		if err != nil {
			t.Fatalf("what Parse takes Build refuses: %v", err)
		}
		again, p := Parse(built)
		if p != nil {
			t.Fatal(p)
		}
		if two, err := Digest(again); err != nil || one != two {
			t.Fatalf("digest changes: %v", err)
		}
	})
}

// FuzzCanonical holds the form to itself, and the short way to the decoder's: the
// same bytes, or none. What is stored as digests must never come out otherwise.
func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{"b":[1.0,"\u4e2d"],"a":{"\n":null}}`, ping, `{"b":1,"a":{"d":[ ],"c":{ }}}`, `[1.0, 1e5 , -0, true,false,null,-1.50E+07]`, `"\b\t\n\f\r\u000b\u001f\u007f<&>"`, "\"\x7f\"",
		`{"\ud83d\ude00":1,"é":2,"z":3}`, `{"x":"\ud83d\ude00","":"\/"}`, `{"ab":1,"a":2,"":3}`, `{"a":1,"b":2,"a":3}`, `{"a":1,"\u0061":2}`, `01`, `1.`, `"\ud800"`, `"\ude00\ud83d"`, `"\x"`, `{"a":1,}`,
		"\ufeff1", "\"\x1f\"", "\"\\\x01\"", `{"c":{"b":[{"z":1,"y":[{"k":0,"j":1}]}],"a":1},"b":2}`, strings.Repeat("[", 65) + strings.Repeat("]", 65), "\"\xff\"", " 1 ", "1 2", `"\u0000"`, `"abc\`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		want, wrong := appendDecoded([]byte("before"), raw)
		if got, ok := appendPlain([]byte("before"), raw); ok && (wrong != nil || string(got) != string(want)) {
			t.Fatalf("two forms: %q and %q, %v", got, want, wrong)
		}
		if _, _, ok := plainly(nil, raw); ok {
			if p := strict(raw); p != nil {
				t.Fatalf("%q passes, and is %s", raw, p.Detail)
			}
		}
		one, err := Canonical(raw)
		if (err != nil) != (wrong != nil) {
			t.Fatalf("%v, %v", err, wrong)
		}
		if err != nil {
			return
		}
		two, err := Canonical(one)
		if err != nil || string(one) != string(two) {
			t.Fatalf("not stable: %q %q %v", one, two, err)
		}
	})
}

// TestTheShortWayIsTaken: else nothing would hold the two together in use.
func TestTheShortWayIsTaken(t *testing.T) {
	s, err := schemas.NewSampler()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range schemas.All() {
		raw := with("data", " "+string(s.Sample(f.Type, 1)))
		attributes, form, ok := plainly([]byte("before"), []byte(raw))
		if !ok {
			t.Errorf("%s is not plain", f.Type)
		}
		if !reflect.DeepEqual(attributes, attributesOf([]byte(raw))) {
			t.Errorf("%s has other attributes", f.Type)
		}
		data, err := appendDecoded([]byte("before"), parse(t, raw).Data)
		if err != nil || string(form) != string(data) {
			t.Errorf("%s: another form of its data, %v", f.Type, err)
		}
		got, ok := appendPlain(nil, []byte(raw))
		if want, err := appendDecoded(nil, []byte(raw)); !ok || err != nil || string(got) != string(want) {
			t.Errorf("%s: %v %v", f.Type, ok, err)
		}
	}
	for _, text := range []string{`"\u0000"`, `{"a":1,"a":1}`, strings.Repeat("[", 65) + strings.Repeat("]", 65)} {
		if _, _, ok := plainly(nil, []byte(text)); ok {
			t.Errorf("%s is plain", text)
		}
	}
}
