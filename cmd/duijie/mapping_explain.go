package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"duijie/mapping"
)

func explainCommand(s *streams) *cobra.Command {
	var t translation
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain DIR --type T [--to local|national] FILE|-",
		Short: "which rule and which source value made each target value, and what was left",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			prog, direction, doc, env, err := t.open(s, args, asJSON)
			if err != nil {
				return err
			}
			e, err := prog.Explain(doc, env, direction)
			if err != nil {
				return printErrors(s, err, asJSON)
			}
			if asJSON {
				if err := s.json(e); err != nil {
					return err
				}
			} else {
				for _, w := range e.Written {
					fmt.Fprintf(s.out, "%s = %s  ← %s  %s  %s\n", w.Target, w.Value, w.How, strings.Join(w.Source, " "), w.Rule)
				}
				for _, l := range e.Left {
					fmt.Fprintf(s.out, "left: %s  %s %s\n", l.Source, l.Why, l.Rule)
				}
			}
			if len(e.Errors) > 0 {
				if !asJSON {
					return printErrors(s, e.Errors, false)
				}
				return notWell(errSilent)
			}
			return nil
		},
	}
	t.flags(c)
	jsonFlag(c, &asJSON)
	return c
}

func formatCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "the JSON Schema of the mapping file format, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			b, err := mapping.FormatSchema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "%s\n", b)
			return err
		},
	}
}

// translation is what apply and explain are asked for.
type translation struct {
	typ, to, idsFile string
	strictIDs        bool
}

func (t *translation) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.typ, "type", "", "message type, e.g. case.delegated")
	c.Flags().StringVar(&t.to, "to", "", "local or national (default: the way that the type travels)")
	c.Flags().StringVar(&t.idsFile, "ids", "", "YAML file of known ids, kind: {national: local}")
	c.Flags().BoolVar(&t.strictIDs, "strict-ids", false, "an id that is not listed is unknown")
}

// open reads the table and the document, DIR and FILE.
func (t *translation) open(s *streams, args []string, asJSON bool) (prog *mapping.Program, d mapping.Direction, doc []byte, env *mapping.Env, err error) {
	if t.typ == "" || t.to != "" && t.to != "local" && t.to != "national" {
		return nil, "", nil, nil, wrongUse(errors.New("give --type T and --to local or national"))
	}
	if prog, err = openProgram(s, args[0], t.typ, asJSON); err != nil {
		return nil, "", nil, nil, err
	}
	ids, err := readIDs(t.idsFile, t.strictIDs)
	if err != nil {
		return nil, "", nil, nil, err
	}
	if doc, err = read(s, args[1]); err != nil {
		return nil, "", nil, nil, err
	}
	if d = wayOf(prog, t.to); !prog.Runs(d) {
		return nil, "", nil, nil, notWell(fmt.Errorf("%s does not translate %s", t.typ, d))
	}
	return prog, d, doc, defaultEnv(t.typ, d, doc, ids), nil
}
