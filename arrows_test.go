package duijie

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// kind is what the folder of an adapter kind may build on: never another kind, the gateway or the queue.
const kind = "adapter adapter/address adapter/attach adapter/auth adapter/client adapter/envelope adapter/incoming adapter/rules adapter/settings adapter/template internal/codec internal/expr internal/problem internal/sm"

// arrows is who may import whom, of ours. A new edge is a line here and a
// sentence in the commit that brings it.
var arrows = map[string]string{
	"adapter":                     "",
	"adapter/adaptertest":         "adapter",
	"adapter/address":             "adapter adapter/settings adapter/template",
	"adapter/attach":              "adapter adapter/settings adapter/template internal/codec",
	"adapter/auth":                "adapter adapter/client adapter/settings adapter/template internal/codec internal/sm",
	"adapter/client":              "adapter",
	"adapter/envelope":            "adapter adapter/auth adapter/settings adapter/template internal/sm",
	"adapter/file":                kind,
	"adapter/http":                kind,
	"adapter/incoming":            "adapter adapter/attach adapter/rules adapter/settings adapter/template internal/codec internal/expr internal/problem",
	"adapter/kinds":               "adapter adapter/file adapter/http adapter/poll adapter/pull adapter/push adapter/soap adapter/sql",
	"adapter/national":            "adapter adapter/attach adapter/client adapter/rules internal/codec",
	"adapter/poll":                kind,
	"adapter/pull":                kind,
	"adapter/push":                kind,
	"adapter/rules":               "adapter adapter/settings internal/codec internal/expr",
	"adapter/settings":            "adapter internal/expr",
	"adapter/soap":                kind,
	"adapter/sql":                 kind,
	"adapter/template":            "adapter internal/codec",
	"docs/example/line":           kind,
	"internal/access":             "",
	"internal/audit":              "",
	"internal/backup":             "",
	"internal/codec":              "",
	"internal/config":             "internal/yamlnode",
	"internal/console":            "internal/access internal/deadline internal/gateway internal/i18n internal/mask internal/problem internal/queue schemas",
	"internal/deadline":           "",
	"internal/disk":               "",
	"internal/e2e":                "",
	"internal/event":              "internal/problem schemas",
	"internal/expr":               "internal/codec",
	"internal/gateway":            "adapter internal/deadline internal/event internal/material internal/pack internal/problem internal/queue internal/stats mapping schemas",
	"internal/httpapi":            "internal/access internal/gateway internal/i18n internal/mask internal/material internal/metrics internal/problem internal/queue internal/stats",
	"internal/httpapi/memgateway": "internal/gateway internal/material internal/problem internal/queue internal/stats",
	"internal/i18n":               "",
	"internal/initpack":           "internal/sm mapping/provinces",
	"internal/logfile":            "",
	"internal/mask":               "",
	"internal/material":           "",
	"internal/metrics":            "",
	"internal/pack":               "adapter internal/codec internal/yamlnode mapping mapping/provinces schemas",
	"internal/problem":            "",
	"internal/propose":            "internal/codec",
	"internal/queue":              "",
	"internal/queue/bolt":         "internal/queue internal/queue/bolt/journal internal/queue/rules",
	"internal/queue/bolt/journal": "",
	"internal/queue/memory":       "internal/queue internal/queue/rules",
	"internal/queue/queuetest":    "internal/queue internal/queue/rules",
	"internal/queue/rules":        "internal/queue",
	"internal/sim":                "internal/sm mapping/provinces schemas",
	"internal/sm":                 "",
	"internal/stats":              "",
	"internal/testserver":         "",
	"internal/yamlnode":           "",
	"mapping":                     "internal/codec",
	"mapping/provinces":           "",
	"mapping/provinces/gen":       "",
	"schemas":                     "internal/problem",
	"schemas/gen":                 "",
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
