package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/spf13/cobra"

	"duijie/internal/config"
	"duijie/internal/i18n"
	"duijie/internal/sim"
)

// simFlags are what both simulators take.
type simFlags struct {
	listen, fault, gateway string
	seed                   uint64
	asJSON                 bool
}

func (f *simFlags) flags(c *cobra.Command) {
	c.Flags().StringVar(&f.listen, "listen", "127.0.0.1:0", "address to listen on")
	c.Flags().StringVar(&f.fault, "fault", "none", "how to misbehave; see duijie sim faults")
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of the faults: equal seeds misbehave alike")
	jsonFlag(c, &f.asJSON)
}

func (f *simFlags) check() error {
	if _, err := sim.FindFault(f.fault); err != nil {
		return wrongUse(err)
	}
	if _, _, err := net.SplitHostPort(f.listen); err != nil {
		return wrongUse(fmt.Errorf("--listen %s is no HOST:PORT", f.listen))
	}
	return nil
}

func simCommand(s *streams) *cobra.Command {
	c := &cobra.Command{Use: "sim", Short: "simulators of the national platform and of local systems, on their own"}
	c.AddCommand(simNationalCommand(s), simLocalCommand(s), simFaultsCommand(s))
	return c
}

func simNationalCommand(s *streams) *cobra.Command {
	var f simFlags
	var scheme, key string
	c := &cobra.Command{
		Use: "national", Short: "the national platform: takes upward messages at /v1/messages", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			signer, err := secretSigner(scheme, key)
			if err != nil {
				return err
			}
			n, err := sim.StartNational(sim.NationalOptions{Listen: f.listen, Gateway: signer, Fault: f.fault, Seed: f.seed})
			if err != nil {
				return unreachable(err)
			}
			return runSim(c.Context(), s, f, "national", n.MessagesURL(), n, func() (int, int) { return n.Book().Len(), len(n.Ledger().All()) })
		},
	}
	f.flags(c)
	c.Flags().StringVar(&scheme, "scheme", "v1sm3", "signature scheme with --key: v1 v1sm3 v1sm2")
	c.Flags().StringVar(&key, "key", "", "the key that the gateway signs with, env:NAME or file:PATH; none: unsigned is taken")
	return c
}

func simLocalCommand(s *streams) *cobra.Command {
	var f simFlags
	var unit, key, dir string
	var pace time.Duration
	kinds, long := []string{}, "Kinds:\n"
	for _, k := range sim.LocalKinds() {
		kinds = append(kinds, k.Kind)
		long += fmt.Sprintf("  %s (%s)  %s\n", k.Kind, k.Unit, k.EN)
	}
	c := &cobra.Command{
		Use: "local KIND", Short: "a local system of that kind, which works the cases it gets", Long: long,
		Args: cobra.ExactArgs(1), ValidArgs: kinds,
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.check(); err != nil {
				return err
			}
			kind, known := knownKind(args[0])
			if !known {
				return wrongUse(fmt.Errorf("no local system of kind %s; there are %v", args[0], kinds))
			}
			if key == "" && !kind.Keyless() {
				return wrongUse(fmt.Errorf("--key is missing: the wire of %s is signed with one", kind.Kind))
			}
			secret, err := secretText(key)
			if err != nil {
				return err
			}
			l, err := sim.StartLocal(args[0], sim.LocalOptions{Listen: f.listen, Unit: unit, Key: secret, Fault: f.fault, Seed: f.seed, Pace: pace, Dir: dir})
			if err != nil {
				return unreachable(err)
			}
			if f.gateway != "" {
				l.Connect(f.gateway)
			}
			return runSim(c.Context(), s, f, l.Kind(), l.URL(), l, func() (int, int) { return l.Book().Len(), len(l.Ledger().All()) })
		},
	}
	f.flags(c)
	c.Flags().StringVar(&f.gateway, "gateway", "", "the gateway's public address, to report to; none: it only takes")
	c.Flags().StringVar(&unit, "unit", "", "docking unit code (default: the kind's own)")
	c.Flags().StringVar(&key, "key", "", "the wire's shared key, env:NAME or file:PATH")
	c.Flags().DurationVar(&pace, "pace", time.Second, "pause between two steps of a case")
	c.Flags().StringVar(&dir, "dir", "", "an existing folder for the system's own files, such as its exchange tables; a temporary one where empty")
	return c
}

func knownKind(name string) (sim.LocalKind, bool) {
	for _, k := range sim.LocalKinds() {
		if k.Kind == name || k.Unit == name {
			return k, true
		}
	}
	return sim.LocalKind{}, false
}

// secretText reads env:NAME or file:PATH; empty is no secret.
func secretText(ref string) (string, error) {
	if ref == "" {
		return "", nil
	}
	return (&config.Config{File: "./duijie.yaml"}).Secret(ref)
}

func secretSigner(scheme, ref string) (sim.Signer, error) {
	key, err := secretText(ref)
	if err != nil || key == "" {
		return sim.Signer{}, err
	}
	return sim.Signer{Scheme: scheme, Key: key}, nil
}

// runSim says where the simulator is, waits for the end and says what its book has.
// With --json both go into one value at the end, and the address to stderr.
func runSim(ctx context.Context, s *streams, f simFlags, kind, url string, it io.Closer, count func() (taken, sent int)) error {
	to := io.Writer(s.out)
	if f.asJSON {
		to = s.err
	}
	fmt.Fprintf(to, "%s listening on %s (fault %s, seed %d)\n", kind, url, f.fault, f.seed)
	<-ctx.Done()
	err := it.Close()
	taken, sent := count()
	if f.asJSON {
		return s.json(map[string]any{"kind": kind, "url": url, "taken": taken, "sent": sent})
	}
	fmt.Fprintf(s.err, "%s: %s taken, %d sent\n", kind, i18n.Count(taken, "message"), sent)
	return err
}

func simFaultsCommand(s *streams) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "faults", Short: "the ways in which simulators can misbehave", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if asJSON {
				return s.json(map[string]any{"faults": sim.Faults()})
			}
			var rows [][]string
			for _, f := range sim.Faults() {
				rows = append(rows, []string{f.Name, f.ZH, f.EN})
			}
			return s.table("FAULT\t说明\tDESCRIPTION", rows)
		},
	}
	jsonFlag(c, &asJSON)
	return c
}
