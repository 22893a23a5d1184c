package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"duijie/internal/config"
	"duijie/internal/sim"
	"duijie/schemas"

	"context"
)

var update = flag.Bool("update", false, "rewrite testdata/flows and docs/coverage.md from what was played; read the diff")

const flowsDir = "../../testdata/flows"

// goldenFlow is one case, or one unit's affairs beside its cases, as the platform saw it.
type goldenFlow struct {
	Source string          `json:"source"` // of the facts
	Unit   string          `json:"unit"`
	State  string          `json:"state,omitempty"` // of the case in the end
	Down   []string        `json:"down"`            // types that went to the local system
	Up     []goldenMessage `json:"up"`              // what came up, in the order of the dictionary
}

type goldenMessage struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// TestGoldenFlows plays every flow on every unit that knows it, through the whole
// program and without faults, and holds what came up to testdata/flows: one
// folder a published case, one file a unit.
func TestGoldenFlows(t *testing.T) {
	facts, err := sim.PublishedFacts()
	if err != nil {
		t.Fatal(err)
	}
	kinds := sim.LocalKinds()
	dir := t.TempDir()
	g, err := newStage(dir, demoFlags{fault: "none", seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	cfg, findings := config.Load(g.file)
	if cfg == nil || config.Failed(findings) {
		t.Fatalf("configuration: %v", findings)
	}
	a, err := newApp(cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return a.Run(ctx) })
	report, err := sim.Play(ctx, sim.Options{GatewayURL: "http://" + a.server.Addr(), National: g.national, Locals: g.locals,
		Cases: len(facts) * len(kinds), Seed: 1})
	if err != nil || !report.Well() {
		t.Fatalf("play: %+v, %v", report, err)
	}
	got := transcripts(t, a, g, facts)
	holdStatistics(t, a, g)
	stop()
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	for name, flow := range got {
		holdFlow(t, name, flow)
	}
	if !*update {
		for _, file := range goldenFiles(t) {
			if _, played := got[file]; !played {
				t.Errorf("%s was not played", file)
			}
		}
	}
	holdCoverage(t, kinds, got)
}

// transcripts are what the platform sent and took, by file.
func transcripts(t *testing.T, a *app, g *stage, facts []sim.Facts) map[string]*goldenFlow {
	t.Helper()
	out := map[string]*goldenFlow{}
	order := map[string]int{}
	for i, f := range schemas.All() {
		order[f.Type] = i
	}
	place := func(unit, subject string) *goldenFlow {
		name, source := "affairs", "what a unit does beside its cases; invented"
		if i, ok := caseNumber(subject); ok {
			f := facts[(i/len(g.locals))%len(facts)]
			name, source = fmt.Sprintf("%02d-%s", (i/len(g.locals))%len(facts)+1, f.Category), f.Source
		}
		file := name + "/" + unit + ".json"
		if out[file] == nil {
			out[file] = &goldenFlow{Source: source, Unit: unit, Down: []string{}, Up: []goldenMessage{}}
			if c, err := a.gateway.Case(unit, subject); err == nil && name != "affairs" {
				out[file].State = c.State
			}
		}
		return out[file]
	}
	for _, s := range g.national.Ledger().All() {
		f := place(s.Unit, s.Subject)
		f.Down = append(f.Down, s.Type)
	}
	for _, taken := range g.national.Book().All() {
		var e sim.Event
		if err := json.Unmarshal(taken.Document, &e); err != nil {
			t.Fatal(err)
		}
		f := place(taken.Unit, taken.Subject)
		f.Up = append(f.Up, goldenMessage{taken.Type, timeless(e.Data)})
	}
	for _, f := range out {
		if slices.Contains(f.Down, "case.withdrawn") {
			// How far the work was when it stopped is chance.
			f.Up, f.Down, f.State = []goldenMessage{}, []string{"case.delegated", "case.withdrawn"}, ""
		}
		slices.SortStableFunc(f.Down, func(a, b string) int { return cmp.Compare(order[a], order[b]) })
		slices.SortStableFunc(f.Up, func(a, b goldenMessage) int {
			return cmp.Or(cmp.Compare(order[a.Type], order[b.Type]), bytes.Compare(a.Data, b.Data))
		})
	}
	return out
}

var caseNo = regexp.MustCompile(`^MN-\d{14}-\w+-(\d+)$`)

// caseNumber is the place of a delegated case in its play, from 0.
func caseNumber(subject string) (n int, ok bool) {
	m := caseNo.FindStringSubmatch(subject)
	if m == nil {
		return 0, false
	}
	_, err := fmt.Sscanf(m[1], "%d", &n)
	return n - 1, err == nil
}

// What differs from one play to the next: times, and ids made of them.
var passing = []struct {
	pattern *regexp.Regexp
	stands  string
}{
	{regexp.MustCompile(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})`), "TIME"},
	{regexp.MustCompile(`"\d{4}-\d{2}-\d{2}"`), `"DATE"`},
	{regexp.MustCompile(`"\d{4}-(\d{2}|Q\d)"`), `"PERIOD"`},
	{regexp.MustCompile(`\b\d{14}\b`), "RUN"},
	{regexp.MustCompile(`\b[A-Z]{2}\d{10,}[\w-]*`), "NUMBER"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), "DIGEST"},
	{regexp.MustCompile(`\b[0-9a-f]{12,32}\b`), "ID"},
}

func timeless(data json.RawMessage) json.RawMessage {
	for _, p := range passing {
		data = p.pattern.ReplaceAll(data, []byte(p.stands))
	}
	return data
}

func holdFlow(t *testing.T, file string, f *goldenFlow) {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(f); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(flowsDir, filepath.FromSlash(file))
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s: no golden flow; run with -update and read it", file)
		return
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s differs from what was played:\n%s", file, firstDifference(string(want), b.String()))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d:\n- %s\n+ %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func goldenFiles(t *testing.T) (files []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(flowsDir, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		rel, err := filepath.Rel(flowsDir, p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, filepath.ToSlash(rel))
	}
	return files
}

// played are the units on which each type travelled.
func played(flows map[string]*goldenFlow) map[string][]string {
	units := map[string]map[string]bool{}
	note := func(typ, unit string) {
		if units[typ] == nil {
			units[typ] = map[string]bool{}
		}
		units[typ][unit] = true
	}
	for _, f := range flows {
		for _, typ := range f.Down {
			note(typ, f.Unit)
		}
		for _, m := range f.Up {
			note(m.Type, f.Unit)
		}
	}
	out := map[string][]string{}
	for typ, us := range units {
		out[typ] = slices.Sorted(maps.Keys(us))
	}
	return out
}
