package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"duijie/internal/initpack"
)

func initCommand(s *streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "init DIR",
		Short: "write a working configuration, fresh keys and an example pack into a new folder",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := initpack.Init(args[0])
			switch {
			case errors.Is(err, initpack.ErrNotEmpty):
				return notWell(err)
			case err != nil:
				return unreachable(err)
			}
			file := filepath.Join(args[0], "duijie.yaml")
			if asJSON {
				return s.json(map[string]any{"dir": args[0], "config": file, "files": files})
			}
			for _, f := range files {
				fmt.Fprintln(s.out, filepath.Join(args[0], f))
			}
			fmt.Fprintf(s.err, "next:  duijie check -c %s --offline\n       duijie serve -c %s\n", file, file)
			return nil
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
