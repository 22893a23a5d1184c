package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"duijie/internal/i18n"
	"duijie/internal/pack"
	"duijie/mapping"
)

// change is one document whose translation is no longer what it was. It shows no
// value of the document: fixtures may be real.
type change struct {
	Type      string `json:"type"`
	Direction string `json:"direction"`
	// Document is the fixture's folder, or "random N" of the seed.
	Document string `json:"document"`
	// Was and Is are "translated", "no such road", or the first error's rule and code.
	Was string `json:"was"`
	Is  string `json:"is"`
	// Targets are the paths whose values differ; empty where one side failed.
	Targets []string `json:"targets"`
}

// comparison is what `mapping diff` came to.
type comparison struct {
	Documents int      `json:"documents"`
	Changes   []change `json:"changes"`
	Added     []string `json:"added"`   // types that only NEW translates
	Removed   []string `json:"removed"` // types that only OLD translates
}

func diffCommand(s *streams) *cobra.Command {
	var typ string
	var n int
	var seed uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "diff OLD NEW [--type T] [--n N] [--seed S]",
		Short: "fixtures and random documents whose translation changes from one pack folder to another",
		Long:  "Documents are the fixtures of both folders and N random ones a type and direction, made by OLD. Exit 0: nothing changes; 1: something does.",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if n < 0 || n > 100000 {
				return wrongUse(errors.New("--n is 0 to 100000"))
			}
			before, err := openWellPack(s, args[0], asJSON)
			if err != nil {
				return err
			}
			after, err := openWellPack(s, args[1], asJSON)
			if err != nil {
				return err
			}
			d, err := compare(before, after, typ, n, seed)
			if err != nil {
				return err
			}
			return d.print(s, asJSON)
		},
	}
	c.Flags().StringVar(&typ, "type", "", "only this message type")
	c.Flags().IntVar(&n, "n", 200, "random documents a type and direction")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the random documents")
	jsonFlag(c, &asJSON)
	return c
}

// openWellPack is a pack without errors; those of another are printed.
func openWellPack(s *streams, dir string, asJSON bool) (*pack.Pack, error) {
	p, found, err := openPack(dir)
	if err != nil {
		return nil, err
	}
	if p == nil || pack.Failed(found) {
		if err := printFindings(s, ofMapping(found), asJSON); err != nil {
			return nil, err
		}
		return nil, notWell(errSilent)
	}
	return p, nil
}

func compare(before, after *pack.Pack, typ string, n int, seed uint64) (comparison, error) {
	d := comparison{Changes: []change{}, Added: []string{}, Removed: []string{}}
	for _, t := range after.Set.Types() {
		if _, ok := before.Set.Program(t); !ok && (typ == "" || t == typ) {
			d.Added = append(d.Added, t)
		}
	}
	for _, t := range before.Set.Types() {
		if typ != "" && t != typ {
			continue
		}
		was, _ := before.Set.Program(t)
		is, ok := after.Set.Program(t)
		if !ok {
			d.Removed = append(d.Removed, t)
			continue
		}
		for _, way := range []mapping.Direction{mapping.ToLocal, mapping.ToNational} {
			if err := d.direction(before, was, is, way, after, n, seed); err != nil {
				return d, err
			}
		}
	}
	if typ != "" && len(d.Added)+len(d.Removed) == 0 {
		if _, ok := before.Set.Program(typ); !ok {
			return d, notWell(fmt.Errorf("neither folder maps %s", typ))
		}
	}
	return d, nil
}

// direction compares one type one way. A road that only one of the two has is a change.
func (d *comparison) direction(before *pack.Pack, was, is *mapping.Program, way mapping.Direction, after *pack.Pack, n int, seed uint64) error {
	switch {
	case !was.Runs(way) && !is.Runs(way):
		return nil
	case was.Runs(way) != is.Runs(way):
		c := change{Type: was.Type(), Direction: string(way), Document: "every", Was: "no such road", Is: "translated", Targets: []string{}}
		if was.Runs(way) {
			c.Was, c.Is = c.Is, c.Was
		}
		d.Changes = append(d.Changes, c)
		return nil
	}
	docs, err := fixtureDocuments(was.Type(), way, before.FS, after.FS)
	if err != nil {
		return err
	}
	random, err := before.Set.Samples(was.Type(), way, n, seed)
	if err != nil {
		return err
	}
	for i, b := range random {
		docs = append(docs, sample{fmt.Sprintf("random %d", i), b})
	}
	for _, doc := range docs {
		d.Documents++
		if c, changed := compareDocument(was, is, way, doc); changed {
			d.Changes = append(d.Changes, c)
		}
	}
	return nil
}

// sample is one document to translate twice.
type sample struct {
	name string
	doc  []byte
}

// fixtureDocuments are the golden documents of a type that a direction reads, of
// both folders, each content once.
func fixtureDocuments(typ string, way mapping.Direction, folders ...fs.FS) ([]sample, error) {
	pattern := "national.json"
	if way == mapping.ToNational {
		pattern = "local.*"
	}
	var out []sample
	for _, f := range folders {
		names, err := fs.Glob(f, path.Join("fixtures", typ, "*", pattern))
		if err != nil {
			return nil, fmt.Errorf("list fixtures of %s: %w", typ, err)
		}
		for _, name := range names {
			b, err := fs.ReadFile(f, name)
			if err != nil {
				return nil, unreachable(err)
			}
			if !slices.ContainsFunc(out, func(s sample) bool { return bytes.Equal(s.doc, b) }) {
				out = append(out, sample{name, b})
			}
		}
	}
	return out, nil
}

func compareDocument(was, is *mapping.Program, way mapping.Direction, s sample) (change, bool) {
	c := change{Type: was.Type(), Direction: string(way), Document: s.name, Was: "translated", Is: "translated", Targets: []string{}}
	env := defaultEnv(was.Type(), way, s.doc, mapping.ListedIDs{})
	a, errA := translate(was, way, s.doc, env)
	b, errB := translate(is, way, s.doc, env)
	if errA != nil {
		c.Was = errorLine(errA)
	}
	if errB != nil {
		c.Is = errorLine(errB)
	}
	switch {
	case errA != nil && errB != nil:
		return c, errorCode(errA) != errorCode(errB) // a rule that moved to another line is the same error
	case errA != nil || errB != nil:
		return c, true
	case bytes.Equal(a, b):
		return c, false
	}
	c.Targets = differing(was, is, way, s.doc, env)
	return c, true
}

func translate(p *mapping.Program, way mapping.Direction, doc []byte, env *mapping.Env) ([]byte, error) {
	run := p.ToLocal
	if way == mapping.ToNational {
		run = p.ToNational
	}
	out, _, err := run(nil, doc, env)
	return out, err
}

// differing are the target paths whose values are not the same; none where only the
// order or the form on the wire changed.
func differing(was, is *mapping.Program, way mapping.Direction, doc []byte, env *mapping.Env) []string {
	values := func(p *mapping.Program) map[string]string {
		out := map[string]string{}
		e, err := p.Explain(doc, env, way)
		if err != nil {
			return out
		}
		for _, w := range e.Written {
			out[w.Target] = w.Value
		}
		return out
	}
	a, b := values(was), values(is)
	paths := []string{}
	for p, v := range a {
		if other, ok := b[p]; !ok || other != v {
			paths = append(paths, p)
		}
	}
	for p := range b {
		if _, ok := a[p]; !ok {
			paths = append(paths, p)
		}
	}
	slices.Sort(paths)
	return paths
}

func errorLine(err error) string {
	var all mapping.Errors
	if errors.As(err, &all) {
		return all.Error()
	}
	return "an error"
}

func errorCode(err error) string {
	var all mapping.Errors
	if errors.As(err, &all) && len(all) > 0 {
		return all[0].Code + " " + all[0].Target
	}
	return err.Error()
}

func (d comparison) print(s *streams, asJSON bool) error {
	if asJSON {
		if err := s.json(d); err != nil {
			return err
		}
	} else {
		for _, t := range d.Added {
			fmt.Fprintf(s.out, "%s: only the new pack maps it\n", t)
		}
		for _, t := range d.Removed {
			fmt.Fprintf(s.out, "%s: only the old pack maps it\n", t)
		}
		for _, c := range d.Changes {
			fmt.Fprintf(s.out, "%s %s %s: ", c.Type, c.Direction, c.Document)
			switch {
			case len(c.Targets) > 0:
				fmt.Fprintln(s.out, strings.Join(c.Targets, " "))
			case c.Was == c.Is:
				fmt.Fprintln(s.out, "the same values in another order or form")
			default:
				fmt.Fprintf(s.out, "%s → %s\n", c.Was, c.Is)
			}
		}
		verb := "change"
		if len(d.Changes) == 1 {
			verb = "changes"
		}
		fmt.Fprintf(s.out, "%d of %s %s\n", len(d.Changes), i18n.Count(d.Documents, "document"), verb)
	}
	if len(d.Changes)+len(d.Added)+len(d.Removed) > 0 {
		return notWell(errSilent)
	}
	return nil
}
