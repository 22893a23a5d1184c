package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"duijie/mapping"
	"duijie/schemas"
)

func applyCommand(s *streams) *cobra.Command {
	var typ, to, idsFile string
	var strictIDs, asJSON bool
	c := &cobra.Command{
		Use:   "apply DIR --type T [--to local|national] FILE|-",
		Short: "translate one document; the translation alone on stdout, as wire bytes",
		Long:  "FILE is the data of the message: national as JSON, local as wire bytes. The clock stands at 2026-01-01T00:00:00+08:00.",
		Args:  cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if typ == "" || to != "" && to != "local" && to != "national" {
				return wrongUse(errors.New("give --type T and --to local or national"))
			}
			_, prog, err := openProgram(s, args[0], typ, asJSON)
			if err != nil {
				return err
			}
			ids, err := readIDs(idsFile, strictIDs)
			if err != nil {
				return err
			}
			doc, err := read(s, args[1])
			if err != nil {
				return err
			}
			direction := wayOf(prog, to)
			if !prog.Runs(direction) {
				return notWell(fmt.Errorf("%s does not translate %s", typ, direction))
			}
			out, err := translate(prog, direction, doc, defaultEnv(typ, direction, doc, ids))
			if err != nil {
				return printErrors(s, err, asJSON)
			}
			_, err = s.out.Write(out)
			return err
		},
	}
	c.Flags().StringVar(&typ, "type", "", "message type, e.g. case.delegated")
	c.Flags().StringVar(&to, "to", "", "local or national (default: the way that the type travels)")
	c.Flags().StringVar(&idsFile, "ids", "", "YAML file of known ids, kind: {national: local}")
	c.Flags().BoolVar(&strictIDs, "strict-ids", false, "an id that is not listed is unknown")
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

func translate(p *mapping.Program, d mapping.Direction, doc []byte, env *mapping.Env) ([]byte, error) {
	run := p.ToLocal
	if d == mapping.ToNational {
		run = p.ToNational
	}
	out, _, err := run(nil, doc, env)
	return out, err
}

// defaultEnv is what a translation outside the gateway is given: a standing
// clock and handles of zeros.
func defaultEnv(typ string, d mapping.Direction, doc []byte, ids mapping.IDs) *mapping.Env {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("+08:00", 8*60*60))
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

// listedIDs is a crosswalk out of a file. What is not listed is the same on both
// sides, or unknown where strict.
type listedIDs struct {
	local, national map[string]string // kind|id → id
	strict          bool
}

func readIDs(file string, strict bool) (mapping.IDs, error) {
	var listed map[string]map[string]string
	if file != "" {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, unreachable(err)
		}
		if err := yaml.Unmarshal(raw, &listed); err != nil {
			return nil, notWell(fmt.Errorf("%s is not kind: {national: local}", file))
		}
	}
	return newIDs(listed, strict), nil
}

func newIDs(listed map[string]map[string]string, strict bool) listedIDs {
	ids := listedIDs{local: map[string]string{}, national: map[string]string{}, strict: strict}
	for kind, pairs := range listed {
		for national, local := range pairs {
			ids.local[kind+"|"+national], ids.national[kind+"|"+local] = local, national
		}
	}
	return ids
}

// Local gives the local id of a national one.
func (i listedIDs) Local(kind, id string) (string, bool) { return i.find(i.local, kind, id) }

// National gives the national id of a local one.
func (i listedIDs) National(kind, id string) (string, bool) { return i.find(i.national, kind, id) }

func (i listedIDs) find(m map[string]string, kind, id string) (string, bool) {
	if other, ok := m[kind+"|"+id]; ok {
		return other, true
	}
	return id, !i.strict
}
