package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"path"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"duijie/internal/codec"
	"duijie/internal/pack"
	"duijie/mapping"
)

// fixtureResult is what came of one golden pair in one direction.
type fixtureResult struct {
	Type      string   `json:"type"`
	Case      string   `json:"case"`
	Direction string   `json:"direction"`
	OK        bool     `json:"ok"`
	Errors    []string `json:"errors"` // rules and codes, or the paths that differ
}

// fixtureSheet is a pair's case.yaml.
type fixtureSheet struct {
	Only    string
	Exact   bool
	IDs     map[string]map[string]string
	Now     string
	Time    string
	Receipt string
	Unit    string
}

func fixturesCommand(s *streams) *cobra.Command {
	var typ string
	var asJSON bool
	c := &cobra.Command{
		Use:   "test DIR [--type T]",
		Short: "hold a pack's tables against its golden pairs, both ways",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			p, found, err := openPack(args[0])
			if err != nil {
				return err
			}
			if p == nil || pack.Failed(found) {
				if err := printFindings(s, ofMapping(found), asJSON); err != nil {
					return err
				}
				return notWell(errSilent)
			}
			results, err := checkFixtures(p, typ)
			if err != nil {
				return err
			}
			return printFixtures(s, results, asJSON)
		},
	}
	c.Flags().StringVar(&typ, "type", "", "only this message type")
	jsonFlag(c, &asJSON)
	return c
}

// checkFixtures translates every golden pair and compares trees.
func checkFixtures(p *pack.Pack, only string) ([]fixtureResult, error) {
	dirs, err := fs.Glob(p.FS, "fixtures/*/*")
	if err != nil {
		return nil, err
	}
	var out []fixtureResult
	for _, dir := range dirs {
		typ := path.Base(path.Dir(dir))
		if only != "" && typ != only {
			continue
		}
		prog, ok := p.Set.Program(typ)
		if !ok {
			out = append(out, fixtureResult{Type: typ, Case: path.Base(dir), Errors: []string{"the pack maps no such type"}})
			continue
		}
		results, err := checkFixture(p, prog, typ, dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		out = append(out, results...)
	}
	return out, nil
}

func checkFixture(p *pack.Pack, prog *mapping.Program, typ, dir string) ([]fixtureResult, error) {
	var sheet fixtureSheet
	if raw, err := fs.ReadFile(p.FS, dir+"/case.yaml"); err == nil {
		if err := yaml.Unmarshal(raw, &sheet); err != nil {
			return nil, fmt.Errorf("case.yaml cannot be read")
		}
	}
	national, err := fs.ReadFile(p.FS, dir+"/national.json")
	if err != nil {
		return nil, err
	}
	locals, _ := fs.Glob(p.FS, dir+"/local.*")
	if len(locals) != 1 {
		return nil, fmt.Errorf("there must be one local.*")
	}
	local, err := fs.ReadFile(p.FS, locals[0])
	if err != nil {
		return nil, err
	}
	var out []fixtureResult
	for _, way := range []struct {
		d        mapping.Direction
		from, to []byte
		codec    codec.Options
	}{
		{mapping.ToLocal, national, local, codec.Options{Format: p.SinkCodec.Format, Charset: p.SinkCodec.Charset}},
		{mapping.ToNational, local, national, codec.Options{Format: "json"}},
	} {
		if !prog.Runs(way.d) || sheet.Only != "" && sheet.Only != string(way.d) {
			continue
		}
		r := fixtureResult{Type: typ, Case: path.Base(dir), Direction: string(way.d), Errors: []string{}}
		got, err := translate(prog, way.d, way.from, sheet.env(typ, way.d, way.from, national))
		switch {
		case err != nil:
			r.Errors = errorLines(err)
		case sheet.Exact && way.d == mapping.ToLocal && string(got) != string(way.to):
			r.Errors = []string{"the bytes differ"}
		default:
			r.Errors = append(r.Errors, differences(got, way.to, way.codec)...)
			if len(r.Errors) > 0 && way.d == mapping.ToNational && sameImage(p, prog, got, national, sheet.env(typ, way.d, way.from, national)) {
				r.Errors = []string{} // a declared loss: what came back means the same to the local side
			}
		}
		r.OK = len(r.Errors) == 0
		out = append(out, r)
	}
	return out, nil
}

// sameImage tells whether two national documents have one translation: where a
// rule loses, what comes back need only have the same image.
func sameImage(p *pack.Pack, prog *mapping.Program, got, want []byte, env *mapping.Env) bool {
	if !prog.Runs(mapping.ToLocal) {
		return false
	}
	a, errA := translate(prog, mapping.ToLocal, got, env)
	b, errB := translate(prog, mapping.ToLocal, want, env)
	return errA == nil && errB == nil && len(differences(a, b, codec.Options{Format: p.SinkCodec.Format, Charset: p.SinkCodec.Charset})) == 0
}

// env is the sheet's: what it leaves out is the default.
func (f fixtureSheet) env(typ string, d mapping.Direction, doc, national []byte) *mapping.Env {
	env := defaultEnv(typ, mapping.ToLocal, national, newIDs(f.IDs, false))
	if t, err := time.Parse(time.RFC3339, f.Now); err == nil {
		env.Now, env.Time = t, t
	}
	if t, err := time.Parse(time.RFC3339, f.Time); err == nil {
		env.Time = t
	}
	if f.Receipt != "" {
		env.Receipt = f.Receipt
	}
	if f.Unit != "" {
		env.Unit = f.Unit
	}
	return env
}

func errorLines(err error) []string {
	all, ok := err.(mapping.Errors)
	if !ok {
		return []string{err.Error()}
	}
	out := make([]string, len(all))
	for i, e := range all {
		out[i] = e.Rule + ": " + e.Code + " at " + e.Source + " " + e.Target
	}
	return out
}

// differences are the paths at which two documents differ; numbers are compared
// by value. No value is shown: fixtures may be made of real cases.
func differences(got, want []byte, o codec.Options) []string {
	a, errA := codec.Decode(got, o)
	b, errB := codec.Decode(want, o)
	if errA != nil || errB != nil {
		return []string{"a document cannot be read"}
	}
	var out []string
	differ("", a.AnyExact(), b.AnyExact(), &out)
	return out
}

func differ(at string, got, want any, out *[]string) {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			break
		}
		for name := range w {
			if _, there := g[name]; !there {
				*out = append(*out, at+"/"+name+": missing")
			}
		}
		for name, v := range g {
			if _, there := w[name]; !there {
				*out = append(*out, at+"/"+name+": not in the golden document")
				continue
			}
			differ(at+"/"+name, v, w[name], out)
		}
		return
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			break
		}
		for i := range w {
			differ(fmt.Sprintf("%s/%d", at, i), g[i], w[i], out)
		}
		return
	case json.Number:
		g, ok := got.(json.Number)
		x, okX := new(big.Rat).SetString(string(g))
		y, okY := new(big.Rat).SetString(string(w))
		if ok && okX && okY && x.Cmp(y) == 0 {
			return
		}
	}
	if !reflect.DeepEqual(got, want) {
		*out = append(*out, at+": differs")
	}
}

func printFixtures(s *streams, results []fixtureResult, asJSON bool) error {
	bad := 0
	for _, r := range results {
		if !r.OK {
			bad++
		}
	}
	if asJSON {
		if results == nil {
			results = []fixtureResult{}
		}
		if err := s.json(map[string]any{"laws": []any{}, "fixtures": results}); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			if !r.OK {
				fmt.Fprintf(s.out, "%s/%s %s: not as golden\n    %s\n", r.Type, r.Case, r.Direction, strings.Join(r.Errors, "\n    "))
			}
		}
		fmt.Fprintf(s.out, "%d of %d golden pairs hold\n", len(results)-bad, len(results))
	}
	if bad > 0 {
		return notWell(errSilent)
	}
	return nil
}
