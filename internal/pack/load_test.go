package pack

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/yamlnode"
)

// scripted is a kind whose settings have the keys url and headers, and one that
// is called by local systems and knows the key strict.
func scripted(name string) (adapter.Kind, bool) {
	sink := func(adapter.Settings, adapter.Deps) (adapter.Sink, error) {
		return nil, errors.New("not built in this test")
	}
	source := func(adapter.Settings, adapter.Deps) (adapter.Source, error) {
		return nil, errors.New("not built in this test")
	}
	switch name {
	case "http":
		return adapter.Kind{Name: name, Sink: sink, CheckSink: func(s adapter.Settings) []adapter.Finding { return known(s, "url", "headers") }}, true
	case "push":
		return adapter.Kind{Name: name, Source: source, CheckSource: func(s adapter.Settings) []adapter.Finding { return known(s, "strict") }}, true
	}
	return adapter.Kind{}, false
}

func known(s adapter.Settings, keys ...string) (out []adapter.Finding) {
	n := yamlnode.Find(s.Node, "settings")
	if n == nil {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := n.Content[i+1]; !slices.Contains(keys, n.Content[i].Value) {
			out = append(out, adapter.Finding{File: s.File, Line: v.Line, Col: v.Column, Severity: "error", Code: "unknown-key", Message: "unknown key"})
		} else if v.Value == "bad" {
			out = append(out, adapter.Finding{File: s.File, Line: v.Line, Col: v.Column, Severity: "error", Code: "bad-value", Message: "bad value"})
		}
	}
	return out
}

const small = `unit: "510000"
sink:
  kind: http
  settings: {url: https://pack, headers: {a: 1, b: 2}}
  auth: {kind: bearer, token: secret:token}
source: {kind: push, auth: {kind: none}, endpoints: {progress: {type: case.progress}}}
`

const withdrawn = `mapping: case.withdrawn
local: withdrawn
rules:
  - {nat: caseNo, loc: wbbh}
  - {nat: "*", drop: to-local, why: this test needs no more}
`

// folderOf is a pack of one mapping with that pack.yaml.
func folderOf(text string) fstest.MapFS {
	return fstest.MapFS{"pack.yaml": {Data: []byte(text)}, "mappings/case.withdrawn.yaml": {Data: []byte(withdrawn)}}
}

func loadText(text string) (*Pack, []Finding) {
	return Load("./packs/510000", folderOf(text), scripted)
}

func TestTypeWithoutARouteIsTold(t *testing.T) {
	for routes, want := range map[string]bool{"{case.delegated: {}}": true, "{case.withdrawn: {}}": false, "{case.*: {}}": false, `{"*": {}}`: false, "{}": false} {
		_, findings := loadText(strings.Replace(small, "kind: http", "kind: http\n  routes: "+routes, 1))
		if got := slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == "no-route" }); got != want {
			t.Errorf("routes %s: told %v, want %v", routes, got, want)
		}
	}
}

func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	p, findings := loadText(small)
	if Failed(findings) {
		t.Fatalf("findings: %v", findings)
	}
	if p.Retry != (Retry{5 * time.Second, 10 * time.Minute, 2, 0.3}) {
		t.Errorf("retry = %+v", p.Retry)
	}
	if p.Limits != (Limits{Concurrency: 8, Timeout: 15 * time.Second, Answer: 1 << 20, BreakerOpen: 30 * time.Second}) {
		t.Errorf("limits = %+v", p.Limits)
	}
	if p.OrderWait != 10*time.Minute || p.XrefWait != 24*time.Hour || p.Unknown != "drop" || len(p.Urgent) != 0 || p.Profile != "v1" {
		t.Errorf("pack = %+v", p)
	}
	if p.Name != "510000" || p.Codec != (adapter.Codec{Format: "json", Charset: "UTF-8"}) || p.Answer != p.Codec {
		t.Errorf("name %s, codec %v, answer %v", p.Name, p.Codec, p.Answer)
	}
}

func TestAnswersAreTextWhereTheCodecIsNeitherJSONNorXML(t *testing.T) {
	p, _ := loadText("unit: a\ncodec: {format: form, charset: GBK}\nsink: {kind: http}\n")
	if p.Answer != (adapter.Codec{Format: "text", Charset: "GBK"}) {
		t.Errorf("answer = %v", p.Answer)
	}
	p, _ = loadText("unit: a\ncodec: {format: xml, charset: GBK}\nsink: {kind: http, codec: {charset: UTF-8}, answer: {format: json}}\n")
	if p.Answer != (adapter.Codec{Format: "json", Charset: "UTF-8"}) || p.SinkCodec != (adapter.Codec{Format: "xml", Charset: "UTF-8"}) || p.SourceCodec != p.Codec {
		t.Errorf("answer %v, sink %v, source %v", p.Answer, p.SinkCodec, p.SourceCodec)
	}
}

func TestFindingsHaveTheirPlace(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"unknown key":           {small + "retries: {}\n", "packs/510000/pack.yaml:7:1 unknown-key"},
		"rate without a unit":   {small + "limits: {rate: 50}\n", ":7:16 bad-value"},
		"file in a pack":        {strings.Replace(small, "secret:token", "file:key", 1), ":5:31 secret-literal"},
		"environment in a pack": {strings.Replace(small, "secret:token", "env:KEY", 1), ":5:31 secret-literal"},
		"kind that is none":     {strings.Replace(small, "kind: http", "kind: htp", 1), ":3:9 bad-value"},
		"source's kind as sink": {strings.Replace(small, "kind: http", "kind: push", 1), ":3:9 bad-value"},
		"kind's own finding":    {strings.Replace(small, "https://pack", "bad", 1), ":4:19 bad-value"},
		"urgent type":           {small + "urgent: [case.nothing]\n", ":7:9 bad-value"},
		"profile without files": {small + "profile: ./own\n", ":7:10 no-such-file"},
		"no ends":               {"unit: a\n", ":1:1 missing"},
		"no YAML":               {"unit: [\n", ":2:1 syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := loadText(c.text)
			var got []string
			for _, f := range findings {
				got = append(got, f.File+":"+strconv.Itoa(f.Line)+":"+strconv.Itoa(f.Col)+" "+f.Code)
			}
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, c.want) }) {
				t.Errorf("findings %v, want %s", got, c.want)
			}
		})
	}
}

func TestVersionFollowsWhatTranslatesAndDelivers(t *testing.T) {
	files := func(extra string) fstest.MapFS {
		m := folderOf(small)
		if extra != "" {
			m[extra] = &fstest.MapFile{Data: []byte("x")}
		}
		return m
	}
	version := func(extra string) string {
		p, _ := Load("p", files(extra), scripted)
		return p.Version
	}
	for extra, same := range map[string]bool{"": true, "README.md": true, "fixtures/a/b/case.yaml": true, "codes/a.csv": false, "schemas/a.json": false} {
		if got := version(extra) == version(""); got != same {
			t.Errorf("with %q: same version %v, want %v", extra, got, same)
		}
	}
}

func TestPackDoesNotChangeUnderItsReaders(t *testing.T) {
	files := folderOf(small)
	files["codes/a.csv"] = &fstest.MapFile{Data: []byte("before")}
	p, _ := Load("p", files, scripted)
	files["codes/a.csv"].Data = []byte("after")
	if raw, err := fs.ReadFile(p.FS, "codes/a.csv"); err != nil || string(raw) != "before" {
		t.Errorf("read %q, %v", raw, err)
	}
}

func TestUserPackWinsOverBuiltIn(t *testing.T) {
	dir, _, ok := Find("510000", nil)
	if !ok || dir != "builtin:510000" {
		t.Fatalf("built-in: %s, %v", dir, ok)
	}
	own := t.TempDir()
	copyPack(t, own+"/510000", small)
	if dir, _, ok = Find("510000", []string{t.TempDir(), own}); !ok || dir != own+"/510000" {
		t.Errorf("found %s, %v", dir, ok)
	}
	for _, name := range []string{"", "..", "../510000", "a/b", "nothing"} {
		if dir, _, ok := Find(name, []string{own}); ok {
			t.Errorf("Find(%q) gave %s", name, dir)
		}
	}
	if names := Names([]string{own, own + "/none"}); !slices.Contains(names, "510000") {
		t.Errorf("names = %v", names)
	}
}

func node(t *testing.T, text string) *yaml.Node {
	t.Helper()
	r := &yamlnode.Reader{File: "duijie.yaml"}
	n := r.Parse([]byte(text))
	if n == nil {
		t.Fatal(r.Findings())
	}
	return n
}

func setting(s adapter.Settings, key string) string {
	n := yamlnode.Find(yamlnode.Find(s.Node, "settings"), key)
	if n == nil {
		return ""
	}
	if n.Kind == yaml.MappingNode {
		return strconv.Itoa(len(n.Content) / 2)
	}
	return n.Value
}
