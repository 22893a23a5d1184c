package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"duijie/adapter/kinds"
	"duijie/internal/i18n"
	"duijie/internal/pack"
	"duijie/mapping"
)

func mappingCommand(s *streams) *cobra.Command {
	c := &cobra.Command{Use: "mapping", Short: "check, try and test the mapping tables of a pack"}
	c.AddCommand(lintCommand(s), lawsCommand(s), applyCommand(s), explainCommand(s), coverageCommand(s), formatCommand(s), diffCommand(s), proposeCommand(s))
	return c
}

func lintCommand(s *streams) *cobra.Command {
	var strict, asJSON bool
	var lang string
	c := &cobra.Command{
		Use: "lint DIR…", Short: "find what is wrong with pack folders", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, dirs []string) error {
			var all []finding
			for _, dir := range dirs {
				_, found, err := openPack(dir)
				if err != nil {
					return err
				}
				all = append(all, ofMapping(found)...)
			}
			speak, err := language(lang)
			if err != nil {
				return err
			}
			if err := printFindings(s, all, asJSON); err != nil {
				return err
			}
			failed, warned := count(all)
			if !asJSON {
				explainCodes(s.out, all, speak, i18n.Finding)
				fmt.Fprintf(s.out, "%s: %s, %s\n", strings.Join(dirs, " "), i18n.Count(failed, "error"), i18n.Count(warned, "warning"))
			}
			if failed > 0 || strict && warned > 0 {
				return notWell(errSilent)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&strict, "strict", false, "warnings are errors")
	c.Flags().StringVar(&lang, "lang", "", "zh adds what each code means and what to do (default: as LC_ALL, LC_MESSAGES or LANG says)")
	jsonFlag(c, &asJSON)
	return c
}

// openPack reads a pack's folder; its findings are not yet judged.
func openPack(dir string) (*pack.Pack, []pack.Finding, error) {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return nil, nil, unreachable(err)
	case !info.IsDir():
		return nil, nil, wrongUse(fmt.Errorf("%s is no pack folder", dir))
	}
	p, found := pack.Load(strings.TrimSuffix(dir, "/"), os.DirFS(dir), kinds.Find)
	return p, found, nil
}

// openProgram is a pack's table for one type. Where the files it needs have an
// error the findings are printed and the error is silent.
func openProgram(s *streams, dir, typ string, asJSON bool) (*mapping.Program, error) {
	p, found, err := openPack(dir)
	if err != nil {
		return nil, err
	}
	if p != nil && p.Set != nil {
		if prog, ok := p.Set.Program(typ); ok {
			return prog, nil
		}
	}
	if pack.Failed(found) {
		if err := printFindings(s, ofMapping(found), asJSON); err != nil {
			return nil, err
		}
		return nil, notWell(errSilent)
	}
	return nil, notWell(fmt.Errorf("%s maps no %s; it maps %s", dir, typ, strings.Join(p.Set.Types(), " ")))
}
