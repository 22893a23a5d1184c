package main

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"duijie/internal/i18n"
	"duijie/internal/pack"
	"duijie/mapping"
)

func coverageCommand(s *streams) *cobra.Command {
	var typ, page, lang string
	var asJSON bool
	c := &cobra.Command{
		Use: "coverage DIR [--type T] [--html FILE]", Short: "what happens to every field of both sides", Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := language(lang)
			if err != nil {
				return err
			}
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
			all := []mapping.Covered{}
			for _, t := range p.Set.Types() {
				if typ == "" || t == typ {
					covered, _ := p.Set.Coverage(t)
					all = append(all, covered...)
				}
			}
			if page != "" {
				if err := writeCoverage(page, newCoveragePage(filepath.Base(filepath.Clean(args[0])), l, all)); err != nil {
					return err
				}
			}
			switch {
			case asJSON:
				return s.json(map[string]any{"coverage": all})
			case page != "":
				return nil
			}
			rows := make([][]string, len(all))
			for i, f := range all {
				rows[i] = []string{f.Type, f.Side, f.Path, f.State, f.Rule, f.Why}
			}
			return s.table("TYPE\tSIDE\tPATH\tSTATE\tRULE\tWHY", rows)
		},
	}
	c.Flags().StringVar(&typ, "type", "", "only this message type")
	c.Flags().StringVar(&page, "html", "", "write one page that needs nothing else")
	c.Flags().StringVar(&lang, "lang", "", "language of the page: zh or en (default: the environment's)")
	jsonFlag(c, &asJSON)
	return c
}

//go:embed coverage.html.tmpl
var coverageTemplate string

// coveragePage is what the template shows: types, their sides, the fields of each.
type coveragePage struct {
	Pack  string
	Lang  i18n.Lang
	Types []coverageType
}

type coverageType struct {
	Name  string
	Sides []coverageSide
}

type coverageSide struct {
	Name   string
	Fields []mapping.Covered
	Counts []coverageCount
}

type coverageCount struct {
	State string
	N     int
}

// Say gives a word of the page in its language.
func (p coveragePage) Say(word string) string { return i18n.CoverageWord(p.Lang, word) }

func newCoveragePage(name string, l i18n.Lang, all []mapping.Covered) coveragePage {
	p := coveragePage{Pack: name, Lang: l}
	for _, f := range all {
		if n := len(p.Types); n == 0 || p.Types[n-1].Name != f.Type {
			p.Types = append(p.Types, coverageType{Name: f.Type})
		}
		t := &p.Types[len(p.Types)-1]
		if n := len(t.Sides); n == 0 || t.Sides[n-1].Name != f.Side {
			t.Sides = append(t.Sides, coverageSide{Name: f.Side})
		}
		side := &t.Sides[len(t.Sides)-1]
		side.Fields = append(side.Fields, f)
	}
	for i := range p.Types {
		for j := range p.Types[i].Sides {
			p.Types[i].Sides[j].count()
		}
	}
	return p
}

func (s *coverageSide) count() {
	n := map[string]int{}
	for _, f := range s.Fields {
		n[f.State]++
	}
	for _, state := range []string{"mapped", "constant", "defaulted", "dropped", "excused", "missing"} {
		if n[state] > 0 {
			s.Counts = append(s.Counts, coverageCount{state, n[state]})
		}
	}
}

func (p coveragePage) write(w io.Writer) error {
	t, err := template.New("coverage").Parse(coverageTemplate)
	if err != nil {
		return fmt.Errorf("read the page's template: %w", err)
	}
	return t.Execute(w, p)
}

func writeCoverage(name string, p coveragePage) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	if err := p.write(f); err != nil {
		f.Close()
		return fmt.Errorf("write the page: %w", err)
	}
	return f.Close()
}
