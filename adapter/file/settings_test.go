package file_test

import (
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/file"
	"duijie/internal/testserver"
)

func TestRootOfAPackLiesBelowExchange(t *testing.T) {
	p := newLocal(t)
	s, d := p.config(t, `routes: {"*": {dir: in, name: "{key}.xml"}}`), p.deps(t)
	d.Exchange = []string{t.TempDir()}
	if _, err := file.New(s, d); err == nil {
		t.Fatal("a pack may write anywhere")
	}
	s.FromUnit = map[string]bool{"root": true}
	if _, err := file.New(s, d); err != nil {
		t.Fatalf("the operator's word does not count: %v", err)
	}
}

func TestFindingsOfSettings(t *testing.T) {
	p := newLocal(t)
	for name, c := range map[string]struct{ text, code string }{
		"folder above root":   {`routes: {"*": {dir: ../in, name: "{key}.xml"}}`, "bad-value"},
		"folder by message":   {`routes: {"*": {dir: "in/{unit}", name: "{key}.xml"}}`, "placeholder"},
		"name with a folder":  {`routes: {"*": {dir: in, name: "a/{key}.xml"}}`, "bad-value"},
		"no name":             {`routes: {"*": {dir: in}}`, "missing"},
		"zip entry above":     {`routes: {"*": {dir: in, name: "{key}.zip", zip: {document: ../x}}}`, "bad-value"},
		"unknown key":         {`routes: {"*": {dir: in, name: "{key}.xml", dirr: x}}`, "unknown-key"},
		"names that collide":  {`routes: {"*": {dir: in, name: "{subject}.xml"}}`, "may-collide"},
		"receipt above two":   {"routes: {a: {name: '{key}'}, b: {name: '{key}'}}\nreceipt: {ok: '{name}.ok'}", "probe-too-wide"},
		"a probe":             {"routes: {a: {name: '{key}'}}\nprobe: {path: x}", "bad-value"},
		"receipt without ok":  {`routes: {"*": {name: "{key}.xml", receipt: {error: "{name}.err"}}}`, "missing"},
		"unknown placeholder": {`routes: {"*": {name: "{kee}.xml"}}`, "bad-value"},
	} {
		if got := file.Kind.CheckSink(p.config(t, c.text)); len(got) == 0 || got[0].Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, c := range map[string]struct{ text, code string }{
		"work is the folder itself": {`reads: [{type: t, dir: out, work: out, dedupe: name}]`, "bad-value"},
		"no type":                   {`reads: [{dir: out, dedupe: name}]`, "missing"},
		"no dedupe":                 {`reads: [{type: t, dir: out}]`, "no-dedupe"},
		"broken pattern":            {`reads: [{type: t, dir: out, match: "[", dedupe: name}]`, "bad-value"},
	} {
		if got := file.Kind.CheckSource(p.config(t, c.text)); len(got) == 0 || got[0].Code != c.code {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, p := range map[string]tree{"relative": {root: "data"}, "password": {root: "sftp://u:p@h/x"}, "no key": {root: "sftp://u@h/x"}} {
		if got := file.Kind.CheckSource(p.config(t, `reads: [{type: t, dedupe: name}]`)); len(got) == 0 || got[0].Severity != "error" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestServerThatIsNotTheKnownOneGetsNothing(t *testing.T) {
	server, other := testserver.SSHD(t), testserver.SSHD(t)
	p := tree{root: server.URL, dir: server.Dir, server: server, memory: newNotebook()}
	_, line, _ := strings.Cut(other.Known, " ")
	host, _, _ := strings.Cut(server.Known, " ")
	p.server.Known = host + " " + line
	k := p.sink(t, `routes: {"*": {dir: in, name: "{key}.xml"}}`)
	if _, f := deliver(k, message(key)); f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "host-key" {
		t.Fatalf("%+v", f)
	}
	p.server = server
	p.server.Key = other.Key
	k = p.sink(t, `routes: {"*": {dir: in, name: "{key}.xml"}}`)
	if _, f := deliver(k, message(key)); f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "ssh-denied" {
		t.Fatalf("%+v", f)
	}
}

func TestMissingRootIsTheUnitsTrouble(t *testing.T) {
	p := newLocal(t)
	s := p.config(t, `routes: {"*": {dir: in, name: "{key}.xml"}}`)
	s.Node = node(t, strings.Replace("kind: file\nsettings: {root: ROOT/gone}\nroutes: {'*': {dir: in, name: '{key}.xml'}}", "ROOT", p.dir, 1))
	k, err := file.New(s, p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, f := deliver(k, message(key)); f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "no-such-folder" || p.has("gone") {
		t.Fatalf("%+v", f)
	}
}
