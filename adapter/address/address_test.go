package address_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

func read(t *testing.T, text string) (*settings.Map, *settings.Reader) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	r := &settings.Reader{File: "pack.yaml"}
	return r.Map(n.Content[0]), r
}

func values(name, _ string) (string, bool) {
	v, ok := map[string]string{"key": "a&b/../c d", "subject": "川1"}[name]
	return v, ok
}

func TestURLAppendsThePathAndMergesTheQueries(t *testing.T) {
	m, r := read(t, `{url: "https://h.example:8443/base/?fixed=1", path: "/case/{key}?s={subject}", query: {k: "{key}", token: "secret:t"}}`)
	base, path := address.Base(m), address.CompileURL(m, "path", m.String("path"), template.Message...)
	query := address.Fields(m, "query", template.Message...)
	if len(r.Findings) > 0 {
		t.Fatalf("findings %v", r.Findings)
	}
	secrets, err := address.Bind(adapter.Deps{Secret: func(string) (string, error) { return "made up&", nil }}, query)
	if err != nil {
		t.Fatal(err)
	}
	u, err := secrets.URL(base, path, query, values)
	if err != nil {
		t.Fatal(err)
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil || u.Host != "h.example:8443" || u.EscapedPath() != "/base/case/a&b%2F..%2Fc%20d" {
		t.Errorf("%s, %v", u, err)
	}
	if q.Get("fixed") != "1" || q.Get("s") != "川1" || q.Get("k") != "a&b/../c d" || q.Get("token") != "made up&" || len(q) != 4 {
		t.Errorf("query %v", q)
	}
}

func TestBaseIsAbsoluteAndHoldsNoCredentials(t *testing.T) {
	for text, code := range map[string]string{
		`{url: "ftp://h"}`: "bad-value", `{url: "/x"}`: "bad-value", `{url: "https://u:p@h/"}`: "secret-literal",
	} {
		m, r := read(t, text)
		if u := address.Base(m); u != nil || len(r.Findings) != 1 || r.Findings[0].Code != code {
			t.Errorf("%s: %v, findings %v", text, u, r.Findings)
		}
	}
}

func TestWhatCannotStandInAHeaderIsRefusedByName(t *testing.T) {
	m, _ := read(t, `{headers: {X-One: "{key}", X-Two: "{localRef}", X-Three: "{subject}"}}`)
	fields := address.Fields(m, "headers", template.Message...)
	split := func(name, arg string) (string, bool) { return "a\r\nX-Evil: 张三", name == "key" }
	err := address.Secrets(nil).SetHeaders(http.Header{}, fields[:1], split)
	var refused *template.Refused
	if !errors.As(err, &refused) || refused.Name != "X-One" || strings.Contains(err.Error(), "张三") {
		t.Errorf("a header in two lines: %v", err)
	}
	if err := address.Secrets(nil).SetHeaders(http.Header{}, fields[1:2], values); !errors.Is(err, adapter.ErrNoLocalRef) {
		t.Errorf("a local id that is not there yet: %v", err)
	}
	h := http.Header{}
	if err := address.Secrets(nil).SetHeaders(h, fields[2:], values); err != nil || h.Get("X-Three") != "川1" {
		t.Errorf("%v, %v", h, err)
	}
}
