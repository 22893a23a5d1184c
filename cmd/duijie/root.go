package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

// The exit codes of the program.
const (
	exitDone        = 0
	exitNotWell     = 1 // bad configuration, lint errors, something unacknowledged
	exitWrongUse    = 2
	exitUnreachable = 3 // port, peer, file or store that cannot be reached or opened
)

// exit is an error that knows the exit code.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string { return e.err.Error() }
func (e *exit) Unwrap() error { return e.err }

// notWell, wrongUse and unreachable give err its exit code; nil stays nil.
func notWell(err error) error     { return coded(exitNotWell, err) }
func wrongUse(err error) error    { return coded(exitWrongUse, err) }
func unreachable(err error) error { return coded(exitUnreachable, err) }

func coded(code int, err error) error {
	if err == nil {
		return nil
	}
	return &exit{code, err}
}

// tipped is an error with the code of what a person can do about it.
type tipped struct {
	tip string
	err error
}

func (t *tipped) Error() string { return t.err.Error() }
func (t *tipped) Unwrap() error { return t.err }

// tip gives err the code of a text of i18n.Tip; nil stays nil, and a tip that is
// there already stays.
func tip(code string, err error) error {
	var known *tipped
	if err == nil || errors.As(err, &known) {
		return err
	}
	return &tipped{code, err}
}

// errSilent ends with code 1 without a word: what is wrong has been printed.
var errSilent = errors.New("not well")

// verbs is the list of what the program can do.
func verbs(s *streams) []*cobra.Command {
	return []*cobra.Command{
		demoCommand(s),
		serveCommand(s),
		initCommand(s),
		checkCommand(s),
		sendCommand(s),
		deliveriesCommand(s),
		mappingCommand(s),
		simCommand(s),
		loadCommand(s),
		backupCommand(s),
		restoreCommand(s),
		reconcileCommand(s),
		keysCommand(s),
		versionCommand(s),
	}
}

// rootCommand is the whole tree.
func rootCommand(s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "duijie",
		Short:         "对接网关 — gateway between the national labour-mediation platform and local systems",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveDefault)
	root.AddCommand(verbs(s)...)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			onlyShells(c, "bash", "zsh", "fish")
		}
	}
	settle(root)
	return root
}

// onlyShells leaves the completion of those shells.
func onlyShells(c *cobra.Command, names ...string) {
	for _, sub := range c.Commands() {
		keep := false
		for _, n := range names {
			keep = keep || sub.Name() == n
		}
		if !keep {
			c.RemoveCommand(sub)
		}
	}
}

// settle gives every error that comes out of a verb's own work an exit code;
// what is left without one is cobra's word on wrong use.
func settle(c *cobra.Command) {
	if inner := c.RunE; inner != nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			err := inner(c, args)
			var known *exit
			if err != nil && !errors.As(err, &known) {
				err = notWell(err)
			}
			return err
		}
	}
	if c.HasSubCommands() && c.RunE == nil && c.Run == nil {
		c.RunE = func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUse(fmt.Errorf("unknown command %q for %q", args[0], c.CommandPath()))
			}
			return wrongUse(fmt.Errorf("%s needs one of its commands; see %s --help", c.CommandPath(), c.CommandPath()))
		}
		c.Args = cobra.ArbitraryArgs
	}
	for _, sub := range c.Commands() {
		settle(sub)
	}
}

// run runs the program with these arguments and gives its exit code.
func run(ctx context.Context, args []string, s *streams) int {
	root := rootCommand(s)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	code := exitWrongUse
	var known *exit
	if errors.As(err, &known) {
		code = known.code
	}
	if errors.Is(err, errSilent) {
		return code
	}
	fmt.Fprintf(s.err, "duijie: %v\n", err)
	var tip *tipped
	if errors.As(err, &tip) {
		sayTip(s, tip.tip)
	}
	if code == exitWrongUse {
		fmt.Fprintf(s.err, "usage: %s\nsee: %s --help\n", c.UseLine(), c.CommandPath())
	}
	// With --json stdout carries one value even where nothing came of it.
	if wants, _ := c.Flags().GetBool("json"); wants && !s.wrote() {
		b, _ := json.Marshal(map[string]any{"error": map[string]any{"exit": code, "detail": err.Error()}})
		fmt.Fprintf(s.out, "%s\n", b)
	}
	return code
}
