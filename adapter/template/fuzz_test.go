package template_test

import (
	"net/url"
	"strings"
	"testing"

	"duijie/adapter/template"
)

// FuzzValueAddsNothing: whatever a value is, the path keeps its segments and the
// query its fields.
func FuzzValueAddsNothing(f *testing.F) {
	for _, s := range []string{"a", "../b", "a/b", "%2e%2e", "?x=1&y=2#z", "中 文", "\r\n", "..", ""} {
		f.Add(s)
	}
	u, err := template.CompileURL("/a/{subject}/c?k={subject}&l=1", template.Message...)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, v string) {
		path, query, err := u.Render(func(string, string) (string, bool) { return v, true })
		if err != nil {
			return
		}
		got, err := url.Parse("http://h" + path + "?" + query)
		if err != nil || got.Host != "h" || got.Fragment != "" {
			t.Fatalf("%q: %v", v, err)
		}
		if strings.Count(got.EscapedPath(), "/") != 3 || len(got.Query()) != 2 || got.Query().Get("k") != v || got.Query().Get("l") != "1" {
			t.Fatalf("%q: %s", v, got)
		}
	})
}

func FuzzCompile(f *testing.F) {
	f.Add("{key}-{now:yyyyMMdd}{body.a[0].\"b\"}?{type}")
	f.Fuzz(func(t *testing.T, s string) {
		if tpl, err := template.Compile(s, template.Message...); err == nil {
			_, _ = tpl.Render(template.Raw, func(string, string) (string, bool) { return "", true })
		}
	})
}
