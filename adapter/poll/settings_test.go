package poll_test

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/poll"
)

func node(t testing.TB, text string) *yaml.Node {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	if len(n.Content) == 0 {
		return nil
	}
	return n.Content[0]
}

func config(t testing.TB, source, sink string) adapter.Settings {
	return adapter.Settings{File: "pack.yaml", Node: node(t, source), SinkNode: node(t, sink), Codec: adapter.Codec{Format: "json", Charset: "UTF-8"}, MaxAnswer: 1 << 20}
}

const whole = `
kind: poll
request: {method: GET, path: /list, query: {page: "{page}", since: "{cursor}"}}
pages: {from: 1, items: body.list, until: known}
each: {type: case.progress, dedupe: string(item.id) + "|" + item.gxsj, time: item.gxsj}
cursor: {from: item.gxsj, overlap: 10m}
every: 30s
`

func TestFindingsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nrequest: {path: /x, methd: GET}":                                                          "3:28 unknown-key",
		"pages: {from: 1}\neach: {type: t, dedupe: item.id}":                                                                                                    "1:8 missing",
		"pages: {items: body.list}\neach: {type: t}":                                                                                                            "2:7 no-dedupe",
		"pages: {items: body.list}\neach: {dedupe: item.id}":                                                                                                    "2:7 missing",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id, strict: true}":                                                                             "2:42 bad-value",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\ncursor: {from: item.t}":                                                                   "3:9 missing",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\ncursor: {from: item.t, overlap: soon}":                                                    "3:33 bad-value",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\ncursor: {from: item.t, overlap: 10m}":                                                     "3:9 cursor-unused",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nrequest: {path: /x, query: {s: '{cursor}'}}":                                              "3:10 missing",
		"pages: {items: body.list, until: known}\neach: {type: t, dedupe: item.id}\nrequest: {path: /x}":                                                        "1:34 one-page",
		"pages: {items: body.list, until: 'body.'}\neach: {type: t, dedupe: item.id}":                                                                           "expr",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nrequest: {path: '/x?k={key}'}":                                                            "3:17 placeholder",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nrequest: {path: /x, body: 'x'}":                                                           "3:27 bad-value",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nevery: 1ms":                                                                               "3:8 bad-value",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nsettings: {url: 'http://u:p@h/'}":                                                         "3:17 secret-literal",
		"pages: {items: body.list}\neach: {type: {from: item.lx, values: {}}, dedupe: item.id}":                                                                 "missing",
		"pages: {items: body.list}\neach: {type: t, dedupe: item.id}\nrequest: {query: {s: '{cursor}'}}\ncursor: {from: {from: item.t, time: QQ}, overlap: 1m}": "time-bad-pattern",
	} {
		var got []string
		for _, f := range poll.Kind.CheckSource(config(t, "kind: poll\n"+text, "{}")) {
			got = append(got, fmt.Sprintf("%d:%d %s", f.Line-1, f.Col, f.Code))
		}
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	if f := poll.Kind.CheckSource(config(t, whole, "{}")); len(f) > 0 {
		t.Fatalf("%+v", f)
	}
}

func TestWhatIsMissingIsTheSinks(t *testing.T) {
	s := config(t, whole, `{kind: http, settings: {url: "http://127.0.0.1:1/base", headers: {X-App: "secret:app", X-Key: "{key}"}}, auth: {kind: bearer, token: "secret:token"}}`)
	asked := map[string]bool{}
	d := adapter.Deps{Unit: "130000", Secret: func(name string) (string, error) { asked[name] = true; return "v", nil }}
	if _, err := poll.New(s, d); err != nil {
		t.Fatal(err)
	}
	s = config(t, whole, `{kind: file, settings: {root: /x}}`)
	if _, err := poll.New(s, d); err == nil || !strings.Contains(err.Error(), "no url") {
		t.Fatal(err)
	}
}
