package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"duijie/internal/i18n"
	"duijie/internal/pack"
	"duijie/mapping"
)

func lawsCommand(s *streams) *cobra.Command {
	var o mapping.TestOptions
	var idsFile string
	var strictIDs, asJSON bool
	c := &cobra.Command{
		Use:   "test DIR [--type T] [--n N] [--seed S] [--ids FILE]",
		Short: "try the laws on random documents and hold the tables against the golden pairs",
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
			if _, ok := p.Set.Program(o.Type); o.Type != "" && !ok {
				return notWell(fmt.Errorf("%s maps no %s", args[0], o.Type))
			}
			if o.IDs, err = readIDs(idsFile, strictIDs); err != nil {
				return err
			}
			report, err := p.Set.Test(o)
			if err != nil {
				return err
			}
			return printLaws(s, report, asJSON)
		},
	}
	c.Flags().StringVar(&o.Type, "type", "", "only this message type")
	c.Flags().IntVar(&o.N, "n", 1000, "random documents a type")
	c.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the random documents")
	c.Flags().StringVar(&idsFile, "ids", "", "YAML file of known ids, kind: {national: local}")
	c.Flags().BoolVar(&strictIDs, "strict-ids", false, "an id that is not listed is unknown")
	jsonFlag(c, &asJSON)
	return c
}

func printLaws(s *streams, r mapping.Report, asJSON bool) error {
	if asJSON {
		if r.Laws == nil {
			r.Laws = []mapping.LawResult{}
		}
		if r.Fixtures == nil {
			r.Fixtures = []mapping.FixtureResult{}
		}
		if err := s.json(r); err != nil {
			return err
		}
	} else {
		laws, pairs := 0, 0
		for _, l := range r.Laws {
			if l.OK {
				laws++
				fmt.Fprintf(s.out, "%s: law %s holds, %d of %s reached it\n", l.Type, l.Law, l.Reached, i18n.Count(l.Documents, "document"))
				continue
			}
			fmt.Fprintf(s.out, "%s: law %s does not hold (%d of %s reached it) %s %s\n", l.Type, l.Law, l.Reached, i18n.Count(l.Documents, "document"), l.Rule, l.Detail)
			if l.Counterexample != "" {
				fmt.Fprintf(s.out, "    %s\n", l.Counterexample)
			}
		}
		for _, f := range r.Fixtures {
			if f.OK {
				pairs++
				continue
			}
			fmt.Fprintf(s.out, "%s/%s %s: not as golden: %s\n", f.Type, f.Case, f.Direction, f.Detail)
		}
		fmt.Fprintf(s.out, "%d of %s hold, %d of %s\n", laws, i18n.Count(len(r.Laws), "law"), pairs, i18n.Count(len(r.Fixtures), "golden pair"))
	}
	if !r.OK() {
		return notWell(errSilent)
	}
	return nil
}
