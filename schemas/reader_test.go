package schemas

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// whole reads everything, so that it can be held to encoding/json.
func whole(t *testing.T, r *Reader, budget *int) any {
	if *budget--; *budget < 0 {
		t.Fatal("reads without end")
	}
	for _, open := range []byte("{[") {
		if r.i >= len(r.d) || r.d[r.i] != open || !r.Enter() {
			continue
		}
		object, list := map[string]any{}, []any{}
		for r.Next() {
			if *budget--; *budget < 0 {
				t.Fatal("reads without end")
			}
			name := string(r.Name)
			if v := whole(t, r, budget); open == '{' {
				object[name] = v
			} else {
				list = append(list, v)
			}
		}
		if open == '{' {
			return object
		}
		return list
	}
	if r.i < len(r.d) && r.d[r.i] == '"' {
		s, _ := r.Text()
		return s
	}
	switch v := string(r.Value()); v {
	case "true", "false":
		return v == "true"
	case "null":
		return nil
	default:
		return json.Number(v)
	}
}

// FuzzReader: what is JSON is read as encoding/json reads it, and what is none ends.
func FuzzReader(f *testing.F) {
	for _, s := range []string{
		`{"a":1,"b":["x",{"c":null}," \" ","\\"],"\u0063":{"":[]},"d":{}}`, `[]`, `{`, `[[[`, `}`, `]`, `{"a"`, `{"a":`, `{"a":}`, `{"a" 1}`, `[}`, `{]`, `,`, `[,,]`, `{:}`, `"`, `"\`, `"a\\"`,
		`1`, ` true `, "[1 2]", `{"a":"b"}x`, strings.Repeat("[", 70) + strings.Repeat("]", 70), strings.Repeat(`{"a":`, 63) + "1" + strings.Repeat("}", 63), `[{"a":[1,{"b":2}],"c":3},4]`, `{,}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		budget := 4*len(data) + 8
		r := Read(data)
		got := whole(t, &r, &budget)
		want, err := decodeWhole(data)
		if err != nil || !utf8.Valid(data) || bytes.Contains(data, []byte(`\ud`)) || bytes.Contains(data, []byte(`\uD`)) || bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) > 60 {
			return // no JSON; halves of pairs are what each library makes of them; deeper than is read
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%s\n got %#v\nwant %#v", data, got, want)
		}
	})
}

// decodeWhole is decode without taming numbers.
func decodeWhole(data []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if !json.Valid(data) {
		return nil, json.Unmarshal(data, &v)
	}
	return v, d.Decode(&v)
}

// TestAReaderPassesOverWhatNobodyReads: members that are not asked for, inner
// ones of what was entered, and what was left half-way.
func TestAReaderPassesOverWhatNobodyReads(t *testing.T) {
	r := Read([]byte(` {"a":{"x":[1,{"y":"}"}]},"b":[{"id":"1","more":[[]]},{"id":"2"},3],"c":"last"} `))
	var seen []string
	for r.Enter(); r.Next(); {
		if string(r.Name) != "b" || !r.Enter() {
			if s, ok := r.Text(); ok {
				seen = append(seen, s)
			}
			continue
		}
		for r.Next() {
			if r.find("id") {
				s, _ := r.Text()
				seen = append(seen, s)
				for r.Next() {
				}
			}
		}
	}
	if got := strings.Join(seen, " "); got != "1 2 last" {
		t.Errorf("read %s", got)
	}
	if r.Next() || r.Value() != nil {
		t.Error("there is more after the end")
	}
}

func TestKeyValues(t *testing.T) {
	for _, c := range []struct{ typ, data, want string }{
		{"case.delegated", `{"x":{"caseNo":"1"},"caseNo":"2"}`, "2"}, {"roster.digest", `{"court":{"name":"x","code":"C"}}`, "C"},
		{"roster.digest", `{"court":["code"]}`, ""}, {"account.opened", `{"account":"a"}`, "a"}, {"account.opened", `{"account":"a","requestNo":"r"}`, "r"},
		{"case.delegated", `{"caseNo":5}`, ""}, {"case.delegated", `{"case\u004eo":"\u0041"}`, "A"}, {"delivery.reported", `{"":"x"}`, ""},
	} {
		if got, ok := KeyValue(c.typ, []byte(c.data)); got != c.want || ok != (c.want != "") {
			t.Errorf("%s %s: %q %v", c.typ, c.data, got, ok)
		}
	}
}
