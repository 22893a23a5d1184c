package pack

import (
	"slices"
	"testing"

	"duijie/adapter"
)

// A soap source is closed by a token, its own or its sink's.
func TestWhoMayCallASOAPSource(t *testing.T) {
	const token = "{wsse: {user: u, password: secret:p}}"
	for name, c := range map[string]struct {
		sinkKind, sink, source string
		open                   bool
	}{
		"nothing":               {"soap", "{}", "{}", true},
		"its own token":         {"http", "{}", "{settings: " + token + "}", false},
		"the sink's token":      {"soap", "{settings: " + token + "}", "{}", false},
		"another kind's":        {"http", "{settings: " + token + "}", "{}", true},
		"auth none, with token": {"soap", "{}", "{auth: {kind: none}, settings: " + token + "}", false},
		"basic":                 {"soap", "{}", "{auth: {kind: basic}}", false},
		"auth none":             {"soap", "{}", "{auth: {kind: none}}", true},
	} {
		p := &Pack{SinkKind: c.sinkKind, SourceKind: "soap", SinkNode: node(t, c.sink), SourceNode: node(t, c.source), sink: adapter.Kind{}, source: adapter.Kind{}}
		open := slices.ContainsFunc(p.CheckUse(Use{Secrets: map[string]string{"p": "env:P"}}), func(f Finding) bool { return f.Code == "open-local" })
		if open != c.open {
			t.Errorf("%s: open %v", name, open)
		}
	}
}
