package provinces_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"duijie/adapter/kinds"
	"duijie/internal/codec"
	"duijie/internal/pack"
	"duijie/mapping"
	"duijie/mapping/provinces"
)

// told is what a pair's case.yaml says.
type told struct {
	Only, Now, Key string
	IDs            map[string]map[string]string `yaml:"ids"`
}

// Local and National make it a crosswalk.
func (c told) Local(kind, national string) (string, bool) {
	id, ok := c.IDs[kind][national]
	return id, ok
}

func (c told) National(kind, local string) (string, bool) {
	for national, id := range c.IDs[kind] {
		if id == local {
			return national, true
		}
	}
	return "", false
}

func loadAll(t *testing.T) map[string]*pack.Pack {
	t.Helper()
	out := map[string]*pack.Pack{}
	for _, name := range pack.Names(nil) {
		dir, fsys, _ := pack.Find(name, nil)
		p, findings := pack.Load(dir, fsys, kinds.Find)
		for _, f := range findings {
			if f.Severity != "info" {
				t.Errorf("%s:%d:%d: %s[%s]: %s", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message)
			}
		}
		if p == nil {
			t.Fatalf("%s cannot be read", name)
		}
		out[name] = p
	}
	return out
}

// TestGoldenPairsTranslate holds every pair in the directions that it is there
// for. The two documents were written without the mapping's own code.
func TestGoldenPairsTranslate(t *testing.T) {
	packs := loadAll(t)
	each(t, func(t *testing.T, name, typ, dir string) {
		program, ok := packs[name].Set.Program(typ)
		if !ok {
			t.Fatal("not mapped")
		}
		c := told{Now: "2026-01-01T00:00:00+08:00", Key: strings.Repeat("0", 32)}
		if err := yaml.Unmarshal(read(t, dir+"/case.yaml"), &c); err != nil {
			t.Fatal(err)
		}
		now, err := time.Parse(time.RFC3339, c.Now)
		if err != nil {
			t.Fatal(err)
		}
		env := &mapping.Env{Now: now, Time: now, Unit: name, Key: c.Key, IDs: c}
		national, local := read(t, dir+"/national.json"), wire(t, dir)
		down := packs[name].SinkOptions
		if c.Only != "to-national" {
			got, _, err := program.ToLocal(nil, national, env)
			same(t, "to local", decoded(t, got, down), decoded(t, local, down), err)
		}
		if c.Only == "to-local" || !program.Runs(mapping.ToNational) {
			return
		}
		got, _, err := program.ToNational(nil, local, env)
		if c.Only == "to-national" {
			same(t, "to national", tree(t, got), tree(t, national), err)
			return
		}
		if err != nil { // a pair for both: what lost its time of day has the same image all the same
			t.Fatalf("to national: %v", err)
		}
		again, _, err := program.ToLocal(nil, got, env)
		same(t, "there and back", decoded(t, again, down), decoded(t, local, down), err)
	})
}

func same(t *testing.T, road string, got, want any, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", road, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: %s", road, diff)
	}
}

// wire is a pair's local document: local.json, local.xml and so on, in its real charset.
func wire(t *testing.T, dir string) []byte {
	t.Helper()
	files, err := fs.Glob(provinces.FS(), dir+"/local.*")
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: %d local documents", dir, len(files))
	}
	return read(t, files[0])
}

// decoded is a document of the wire as a tree.
func decoded(t *testing.T, raw []byte, o codec.Options) any {
	t.Helper()
	v, err := codec.Decode(raw, o)
	if err != nil {
		t.Fatalf("the document cannot be read: %v", err)
	}
	return tree(t, codec.AppendJSON(nil, v))
}

func tree(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryMappedTypeHasAGoldenPair(t *testing.T) {
	for name, p := range loadAll(t) {
		for _, typ := range p.Set.Types() {
			if dirs, _ := fs.Glob(provinces.FS(), name+"/fixtures/"+typ+"/*"); len(dirs) == 0 {
				t.Errorf("%s: %s has none", name, typ)
			}
		}
	}
}

func TestLawsHold(t *testing.T) {
	for name, p := range loadAll(t) {
		report, err := p.Set.Test(mapping.TestOptions{N: 100, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range report.Laws {
			if !l.OK {
				t.Errorf("%s %s %s: %s %s\n%s", name, l.Type, l.Law, l.Rule, l.Detail, l.Counterexample)
			}
		}
	}
}
