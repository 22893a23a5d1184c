package duijie

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows is who may import whom, of ours. A new edge is a line here and a
// sentence in the commit that brings it.
var arrows = map[string]string{
	"internal/problem": "",
	"schemas":          "internal/problem",
}

// TestArrows compares the imports of the product's code with the table.
func TestArrows(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "duijie/")
		if name == "duijie" || strings.HasPrefix(name, "cmd/") {
			continue
		}
		allowed, listed := arrows[name]
		if !listed {
			t.Errorf("%s is not in the table of arrows", name)
			continue
		}
		ok := strings.Fields(allowed)
		for _, i := range p.Imports {
			if to, ours := strings.CutPrefix(i, "duijie/"); ours && !slices.Contains(ok, to) {
				t.Errorf("%s imports %s, which the table of arrows does not allow", name, to)
			}
		}
	}
}
