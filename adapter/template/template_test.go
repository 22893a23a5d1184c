package template_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

func message() adapter.Message {
	return adapter.Message{Key: "k1", Subject: "S/1", Receipt: "r", Type: "case.delegated", Unit: "510000",
		AcceptedAt: time.Date(2026, 10, 1, 20, 30, 5, 7e6, time.UTC)}
}

func values(m adapter.Message) template.Values {
	inner := codec.Value{Kind: codec.Object, Members: []codec.Member{
		{Name: "lsh", Value: codec.Str("../etc")}, {Name: "list", Value: codec.Value{Kind: codec.Array, Items: []codec.Value{codec.Num("1.50")}}},
		{Name: "a.b", Value: codec.Str("q")}}}
	body := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: "Msg", Value: inner}}}
	return template.OfMessage(m, func() *codec.Value { return &body })
}

func TestValueStaysInItsPlace(t *testing.T) {
	u, err := template.CompileURL("/api/{subject}/{body.Msg.lsh}?key={key}&s={subject}&n={now:yyyy-MM-dd'T'HH:mm:ss.SSS}", template.Message...)
	if err != nil {
		t.Fatal(err)
	}
	path, query, err := u.Render(values(message()))
	if err != nil || path != "/api/S%2F1/..%2Fetc" || query != "key=k1&s=S%2F1&n=2026-10-02T04%3A30%3A05.007" {
		t.Fatal(path, query, err)
	}
}

func TestDotSegmentsAreRefused(t *testing.T) {
	m := message()
	for _, s := range []string{"..", "."} {
		m.Subject = s
		u, _ := template.CompileURL("/a/{subject}/b", template.Message...)
		var refused *template.Refused
		if _, _, err := u.Render(values(m)); !errors.As(err, &refused) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestMissingValueIsNamed(t *testing.T) {
	for _, s := range []string{"{localRef}", "{body.Msg.none}", "{body.Msg.list}", "{seq:6}"} {
		tpl, err := template.Compile(s, template.Message...)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tpl.Render(template.Raw, values(message()))
		var missing *template.Missing
		if !errors.As(err, &missing) || "{"+missing.Name+"}" != s {
			t.Errorf("%s: %v", s, err)
		}
	}
}

func TestUnknownPlaceholders(t *testing.T) {
	for _, s := range []string{"{nosuch}", "{body}", "{now}", "{now:QQ}", "{key:3}", "{status}"} {
		if _, err := template.Compile(s, template.Message...); err == nil {
			t.Errorf("%s compiled", s)
		}
	}
	tpl, err := template.Compile(`{"code":"{key}"}`, template.Message...)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := tpl.Render(template.JSON, values(message())); s != `{"code":"k1"}` {
		t.Fatal(s)
	}
}

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		place    template.Place
		in, want string
	}{
		{template.Query, "a b&c=中", "a%20b%26c%3D%E4%B8%AD"},
		{template.Path, "a/b", "a%2Fb"},
		{template.XML, "<a>&", "&lt;a&gt;&amp;"},
		{template.JSON, "\"\n", `\"\n`},
		{template.FileName, "张三.zip", "张三.zip"},
	} {
		if got, why := c.place(c.in); got != c.want || why != "" {
			t.Errorf("%q: %q %s", c.in, got, why)
		}
	}
	for _, bad := range []string{"", "a/b", `a\b`, ".x", "a\x00", "a\nb", strings.Repeat("x", 201)} {
		if _, why := template.FileName(bad); why == "" {
			t.Errorf("file name %q passed", bad)
		}
	}
	for _, bad := range []string{"a\rb", "a\nb", "a\x00"} {
		if _, why := template.Header(bad); why == "" {
			t.Errorf("header %q passed", bad)
		}
	}
}

func TestPaths(t *testing.T) {
	v := values(message())
	for path, want := range map[string]string{"Msg.list[0]": "1.50", `Msg."a.b"`: "q", "Msg.lsh": "../etc"} {
		if got, ok := v("body", path); !ok || got != want {
			t.Errorf("%s: %q", path, got)
		}
	}
}

func TestTimesThereAndBack(t *testing.T) {
	at, err := template.ParseTime("20261001 093005", "yyyyMMdd HHmmss")
	if err != nil || at.Format(time.RFC3339) != "2026-10-01T09:30:05+08:00" {
		t.Fatal(at, err)
	}
	if _, err := template.ParseTime("2026-1-1", "yyyyMMdd"); err == nil {
		t.Fatal("read a time of another pattern")
	}
}

func TestSetMakesTheWay(t *testing.T) {
	for doc, want := range map[string]string{`{}`: `{"a":{"b":"k"}}`, `{"a":{"c":1}}`: `{"a":{"c":1,"b":"k"}}`, `{"a":{"b":""}}`: `{"a":{"b":"k"}}`, `{"a":null}`: `{"a":{"b":"k"}}`} {
		v, err := codec.FromJSON([]byte(doc))
		if err != nil {
			t.Fatal(err)
		}
		if !template.Set(&v, "a.b", "k") || string(codec.AppendJSON(nil, v)) != want {
			t.Errorf("%s: %s", doc, codec.AppendJSON(nil, v))
		}
	}
	v, _ := codec.FromJSON([]byte(`{"a":"text"}`))
	if template.Set(&v, "a.b", "k") || template.Set(&v, "c[0]", "k") || template.CheckPath("a..b") == nil || template.CheckPath("") == nil {
		t.Error("set what cannot be set")
	}
}

func TestTimesCountedFromTheEpoch(t *testing.T) {
	at := time.Date(2025, 8, 13, 17, 30, 0, 123_000_000, time.FixedZone("", 8*60*60))
	for pattern, want := range map[string]string{"epoch-s": "1755077400", "epoch-ms": "1755077400123"} {
		if err := template.CheckPattern(pattern); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
		text, err := template.FormatTime(at, pattern)
		if err != nil || text != want {
			t.Errorf("%s: %q, %v", pattern, text, err)
		}
		back, err := template.ParseTime(text, pattern)
		if err != nil || back.Unix() != at.Unix() || pattern == "epoch-ms" && !back.Equal(at) {
			t.Errorf("%s: back %v, %v", pattern, back, err)
		}
		for _, bad := range []string{"", "x", "1.5", "99999999999999999999", "9223372036854775807"} {
			if _, err := template.ParseTime(bad, pattern); err == nil {
				t.Errorf("%s: %q is taken for a time", pattern, bad)
			}
		}
	}
}
