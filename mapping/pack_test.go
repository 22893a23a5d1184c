package mapping

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// ways are the message types' own ways of the test profile.
var ways = map[string]string{"case.delegated": "D", "case.accepted": "U"}

func testSource(t testing.TB, pack fs.FS) Source {
	t.Helper()
	return Source{
		Name: "pack", FS: pack, Profile: os.DirFS("testdata/profile"),
		Way:     func(typ string) string { return ways[typ] },
		Key:     func(typ string) string { return "caseNo" },
		Unknown: "error",
	}
}

// edited is the test pack with some files replaced.
func edited(t testing.TB, files map[string]string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	base := os.DirFS("testdata/pack")
	err := fs.WalkDir(base, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(base, name)
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		out[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func mustCompile(t testing.TB, src Source) *Set {
	t.Helper()
	set, findings := CompilePack(src)
	for _, f := range findings {
		if f.Severity == sevError {
			t.Errorf("%s:%d:%d: %s[%s]: %s (%s · %s · %s)", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message, f.Nat, f.Loc, f.Hint)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
	return set
}

var testEnv = Env{
	Now:  time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC),
	Time: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC),
	Key:  "K", Unit: "510000",
}

// twoWay is a crosswalk of fixed pairs, kind/national → local.
type twoWay map[[2]string]string

func (m twoWay) Local(kind, national string) (string, bool) {
	l, ok := m[[2]string{kind, national}]
	return l, ok
}

func (m twoWay) National(kind, local string) (string, bool) {
	for k, l := range m {
		if k[0] == kind && l == local {
			return k[1], true
		}
	}
	return "", false
}

// withDirection gives the small pack's table a direction of its own.
func withDirection(t testing.TB, src Source, direction string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	for name, f := range src.FS.(fstest.MapFS) {
		out[name] = f
	}
	text := strings.Replace(string(out["mappings/t.yaml"].Data), "local: l\n", "local: l\ndirection: "+direction+"\n", 1)
	out["mappings/t.yaml"] = &fstest.MapFile{Data: []byte(text)}
	return out
}
