package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"duijie/mapping"
	"duijie/schemas"
)

func applyCommand(s *streams) *cobra.Command {
	var t translation
	var asJSON bool
	c := &cobra.Command{
		Use:   "apply DIR --type T [--to local|national] FILE|-",
		Short: "translate one document; the translation alone on stdout, as wire bytes",
		Long:  "FILE is the data of the message: national as JSON, local as wire bytes. The clock stands at 2026-01-01T00:00:00+08:00.",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			prog, direction, doc, env, err := t.open(s, args, asJSON)
			if err != nil {
				return err
			}
			run := prog.ToLocal
			if direction == mapping.ToNational {
				run = prog.ToNational
			}
			out, _, err := run(nil, doc, env)
			if err != nil {
				return printErrors(s, err, asJSON)
			}
			_, err = s.out.Write(out)
			return err
		},
	}
	t.flags(c)
	jsonFlag(c, &asJSON)
	return c
}

// wayOf is the direction that is asked for, else the program's own.
func wayOf(p *mapping.Program, to string) mapping.Direction {
	if to == "national" || to == "" && !p.Runs(mapping.ToLocal) {
		return mapping.ToNational
	}
	return mapping.ToLocal
}

// defaultEnv is what a translation outside the gateway is given: a standing
// clock and handles of zeros.
func defaultEnv(typ string, d mapping.Direction, doc []byte, ids mapping.IDs) *mapping.Env {
	now := mapping.StandingClock()
	env := &mapping.Env{Now: now, Time: now, Receipt: "00000000-0000-7000-8000-000000000000",
		Key: "00000000000000000000000000000000", Unit: "000000", IDs: ids}
	if d == mapping.ToLocal {
		env.Subject, _ = schemas.KeyValue(typ, doc)
	}
	return env
}

// printErrors shows every error of a translation.
func printErrors(s *streams, err error, asJSON bool) error {
	var all mapping.Errors
	if !errors.As(err, &all) {
		return notWell(err)
	}
	type line struct {
		Rule    string `json:"rule"`
		Code    string `json:"code"`
		Source  string `json:"source"`
		Target  string `json:"target"`
		Message string `json:"message"`
	}
	lines := make([]line, len(all))
	for i, e := range all {
		lines[i] = line{e.Rule, e.Code, e.Source, e.Target, e.Text}
	}
	if asJSON {
		if err := s.json(map[string]any{"errors": lines}); err != nil {
			return err
		}
		return notWell(errSilent)
	}
	for _, l := range lines {
		fmt.Fprintf(s.err, "%s: error[%s]: %s (%s → %s)\n", l.Rule, l.Code, l.Message, l.Source, l.Target)
	}
	return notWell(errSilent)
}

// readIDs is a crosswalk out of a file.
func readIDs(file string, strict bool) (mapping.IDs, error) {
	ids := mapping.ListedIDs{Strict: strict}
	if file == "" {
		return ids, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := yaml.Unmarshal(raw, &ids.Listed); err != nil {
		return nil, notWell(fmt.Errorf("%s is not kind: {national: local}", file))
	}
	return ids, nil
}
