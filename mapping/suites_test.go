package mapping

import (
	"os"
	"strings"
	"testing"
)

// TestPublishedTasks translates what other mapping languages publish as their
// examples, both ways, and tries the laws on each; where it comes from stands at
// the head of its table.
func TestPublishedTasks(t *testing.T) {
	dirs, err := os.ReadDir("testdata/suites")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) < 8 {
		t.Errorf("%d suites", len(dirs))
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			dir := "testdata/suites/" + d.Name()
			codec, err := os.ReadFile(dir + "/codec.yaml")
			if err != nil {
				t.Fatal(err)
			}
			format := strings.TrimSpace(strings.TrimPrefix(string(codec), "format:"))
			set, found := CompilePack(Source{Name: d.Name(), FS: os.DirFS(dir), Profile: os.DirFS(dir + "/profile"), SinkFormat: format, SourceFormat: format, Unknown: "error"})
			if len(found) > 0 {
				t.Fatal(findings(found))
			}
			rep, err := set.Test(TestOptions{N: 60, Seed: 11})
			if err != nil {
				t.Fatal(err)
			}
			if len(rep.Fixtures) != 2 {
				t.Errorf("%d golden directions", len(rep.Fixtures))
			}
			for _, f := range rep.Fixtures {
				if !f.OK {
					t.Errorf("%s: %s", f.Direction, f.Detail)
				}
			}
			for _, l := range rep.Laws {
				if !l.OK {
					t.Errorf("%s: %s %s (%d of %d)\n%s", l.Law, l.Rule, l.Detail, l.Reached, l.Documents, l.Counterexample)
				}
			}
		})
	}
}
