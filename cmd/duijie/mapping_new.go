package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"duijie/internal/i18n"
	"duijie/internal/propose"
	"duijie/schemas"
)

func proposeCommand(s *streams) *cobra.Command {
	var in propose.Input
	var from string
	var asJSON bool
	c := &cobra.Command{
		Use:   "new DIR --type T --from SAMPLE|SCHEMA|XSD|DDL",
		Short: "a first table with guesses marked, from what a local system shows of itself",
		Long: "The ending says what FILE is: .xml and .csv a sample, .json a sample or a JSON Schema, .xsd, .sql or .ddl.\n" +
			"DIR is a pack folder; without a pack.yaml it gets a first one. No file that is there is written over.",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if in.Type == "" || from == "" {
				return wrongUse(errors.New("give --type T and --from FILE"))
			}
			if strings.ContainsAny(in.Type+in.Local, "/\\ ") {
				return wrongUse(errors.New("--type and --local are names"))
			}
			var err error
			if in.Data, err = read(s, from); err != nil {
				return err
			}
			if in.Kind, in.Format, err = sourceKind(from, in.Data); err != nil {
				return err
			}
			first, err := packOf(args[0], &in)
			if err != nil {
				return err
			}
			p, err := propose.New(in)
			if err != nil {
				return notWell(err)
			}
			if first != nil {
				p.Files["pack.yaml"] = first
			}
			written, err := writeNew(args[0], p.Files)
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(map[string]any{"dir": args[0], "files": written, "guessed": p.Guessed, "left": p.Left, "missing": append([]string{}, p.Missing...)})
			}
			for _, f := range written {
				fmt.Fprintln(s.out, filepath.Join(args[0], f))
			}
			fmt.Fprintf(s.out, "%s guessed, %s and %s left\n", i18n.Count(p.Guessed, "rule"), i18n.Count(p.Left, "local field"), i18n.Count(len(p.Missing), "required national one"))
			fmt.Fprintf(s.err, "next:  duijie mapping lint %s\n", args[0])
			return nil
		},
	}
	c.Flags().StringVar(&in.Type, "type", "", "message type, e.g. case.delegated")
	c.Flags().StringVar(&in.Local, "local", "", "name of the local message (default: the type with hyphens)")
	c.Flags().StringVar(&from, "from", "", "the local system's sample, JSON Schema, XSD or DDL")
	c.Flags().StringVar(&in.Charset, "charset", "", "charset of the file (default: the pack's, else UTF-8)")
	jsonFlag(c, &asJSON)
	return c
}

// sourceKind tells what a file is by its ending, a JSON Schema by what it says.
func sourceKind(file string, b []byte) (kind propose.Kind, format string, err error) {
	switch strings.ToLower(filepath.Ext(file)) {
	case ".json":
		var is struct {
			Schema     string                     `json:"$schema"`
			Properties map[string]json.RawMessage `json:"properties"`
		}
		if json.Unmarshal(b, &is) == nil && (is.Schema != "" || len(is.Properties) > 0) {
			return propose.Schema, "json", nil
		}
		return propose.Sample, "json", nil
	case ".xml":
		return propose.Sample, "xml", nil
	case ".csv":
		return propose.Sample, "csv", nil
	case ".xsd":
		return propose.XSD, "xml", nil
	case ".sql", ".ddl":
		return propose.DDL, "rows", nil
	}
	return "", "", wrongUse(errors.New("--from is a .json, .xml, .csv, .xsd, .sql or .ddl file"))
}

// packOf reads the folder's charset and profile, or gives the first pack.yaml of a new folder.
func packOf(dir string, in *propose.Input) (first []byte, err error) {
	in.Profile = schemas.Profile()
	b, err := os.ReadFile(filepath.Join(dir, "pack.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		if in.Charset == "" {
			in.Charset = "UTF-8"
		}
		return fmt.Appendf(nil, "# A first pack: units have six digits; sink and source say how the local system is reached.\nunit: \"000000\"\nname: 新对接单位\nprofile: v1\ncodec: {format: %s, charset: %s}\n", in.Format, in.Charset), nil
	}
	if err != nil {
		return nil, unreachable(err)
	}
	var p struct {
		Profile string `yaml:"profile"`
		Codec   struct {
			Charset string `yaml:"charset"`
		} `yaml:"codec"`
	}
	if yaml.Unmarshal(b, &p) != nil {
		return nil, notWell(fmt.Errorf("%s cannot be read", filepath.Join(dir, "pack.yaml")))
	}
	if in.Charset == "" {
		in.Charset = p.Codec.Charset
	}
	if p.Profile != "" && p.Profile != "v1" {
		in.Profile = os.DirFS(filepath.Join(dir, filepath.FromSlash(p.Profile)))
	}
	return nil, nil
}

// writeNew writes files that are not there yet: all or none.
func writeNew(dir string, files map[string][]byte) ([]string, error) {
	var names []string
	for name, b := range files {
		if old, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err == nil && !bytes.Equal(old, b) {
			return nil, notWell(fmt.Errorf("%s is there already", filepath.Join(dir, name)))
		}
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return nil, unreachable(err)
		}
		if err := os.WriteFile(to, files[name], 0o644); err != nil {
			return nil, unreachable(err)
		}
	}
	return names, nil
}
