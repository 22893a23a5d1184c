package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"duijie/internal/config"
	"duijie/internal/sim"
	"duijie/internal/sm"
)

// demoFlags are what the demo is asked for.
type demoFlags struct {
	once, json bool
	cases      int
	units      []string
	data       string
	fault      string
	seed       uint64
}

func demoCommand(s *streams) *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "play the main job: platform, gateway and local systems in one process",
		Long: "Starts the gateway, a simulated national platform and simulated local systems on free loopback ports,\n" +
			"delegates cases made from published disputes and lets them be worked to their end over real HTTP.\n" +
			"What is lost or doubled is found by comparing the simulators' own books, never the gateway's counters.\n" +
			"Without --once the console stays open until Ctrl-C.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return demo(c.Context(), s, f) },
	}
	c.Flags().BoolVar(&f.once, "once", false, "stop when all is acknowledged; exit 0 only if nothing was lost and every flow ended")
	c.Flags().IntVar(&f.cases, "cases", 40, "how many cases are delegated")
	c.Flags().StringSliceVar(&f.units, "units", nil, "local systems by kind or unit, e.g. L1; all where empty")
	c.Flags().StringVar(&f.data, "data", "", "data folder, kept afterwards; a temporary one where empty")
	c.Flags().StringVar(&f.fault, "fault", "default", "how the peers misbehave: "+faultNames())
	c.Flags().Uint64Var(&f.seed, "seed", 1, "seed of faults and invented details")
	jsonFlag(c, &f.json)
	return c
}

func faultNames() string {
	var names []string
	for _, f := range sim.Faults() {
		names = append(names, f.Name)
	}
	return strings.Join(names, " ")
}

func demo(ctx context.Context, s *streams, f demoFlags) (err error) {
	if f.cases < 1 {
		return wrongUse(errors.New("--cases must be at least 1"))
	}
	dir, done, err := demoFolder(f.data)
	if err != nil {
		return err
	}
	defer done()
	stage, err := newStage(dir, f)
	if err != nil {
		return err
	}
	defer stage.close()
	log := slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelError}))
	cfg, findings := config.Load(stage.file)
	if cfg == nil || config.Failed(findings) {
		return fmt.Errorf("the demo's own configuration has errors: %v", findings)
	}
	a, err := newApp(cfg, log)
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return a.Run(run) })
	fmt.Fprintf(s.err, "gateway  http://%s   console  http://%s/\n", a.server.Addr(), a.server.AdminAddr())
	fmt.Fprintf(s.err, "platform %s   faults: %s\n", stage.national.URL(), f.fault)
	for _, l := range stage.locals {
		fmt.Fprintf(s.err, "local %s (%s) %s\n", l.Unit(), l.Kind(), l.URL())
	}
	var progress io.Writer = s.err
	report, err := sim.Play(run, sim.Options{GatewayURL: "http://" + a.server.Addr(), National: stage.national, Locals: stage.locals,
		Cases: f.cases, Seed: f.seed, Progress: progress})
	if err == nil {
		err = printReport(s, report, f.json)
	}
	if err == nil && !f.once {
		fmt.Fprintf(s.err, "the console stays at http://%s/ ; Ctrl-C ends the demo\n", a.server.AdminAddr())
		<-ctx.Done()
	}
	stop()
	if runErr := group.Wait(); err == nil && runErr != nil && ctx.Err() == nil {
		err = runErr
	}
	if err == nil && !report.Well() {
		return errSilent
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func printReport(s *streams, r sim.Report, asJSON bool) error {
	if asJSON {
		return s.json(r)
	}
	fmt.Fprintf(s.out, "accepted %d  acknowledged %d  held %d  lost %d  duplicates %d  p50 %.1f ms  p99 %.1f ms  %.0f messages/s\n",
		r.Accepted, r.Acked, r.Held, r.Lost, r.Duplicates, r.P50ms, r.P99ms, r.Rate)
	if !r.Well() {
		fmt.Fprintln(s.out, "NOT WELL: something was lost, doubled or did not come to its end")
	}
	return nil
}

// demoMark is written into a data folder that the demo made.
const demoMark = "DEMO"

// demoFolder is where the demo keeps its data; it refuses one that holds a real store.
func demoFolder(given string) (dir string, done func(), err error) {
	if given == "" {
		dir, err = os.MkdirTemp("", "duijie-demo-")
		if err != nil {
			return "", nil, err
		}
		return dir, func() { os.RemoveAll(dir) }, nil
	}
	entries, err := os.ReadDir(given)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", nil, unreachable(err)
	}
	if _, markErr := os.Stat(filepath.Join(given, demoMark)); len(entries) > 0 && markErr != nil {
		return "", nil, notWell(fmt.Errorf("%s is not empty and not a demo's folder; the demo touches no real store", given))
	}
	if err := os.MkdirAll(given, 0o700); err != nil {
		return "", nil, unreachable(err)
	}
	return given, func() {}, os.WriteFile(filepath.Join(given, demoMark), []byte("made by duijie demo\n"), 0o600)
}

// stage is everything around the gateway: the simulators, and the gateway's configuration.
type stage struct {
	file     string
	national *sim.National
	locals   []sim.Local
}

func (g *stage) close() {
	if g.national != nil {
		g.national.Close()
	}
	for _, l := range g.locals {
		l.Close()
	}
}

// demoHold keeps simulated time-outs short; the demo's packs wait accordingly.
const demoHold = 3 * time.Second

func newStage(dir string, f demoFlags) (g *stage, err error) {
	g = &stage{file: filepath.Join(dir, "duijie.yaml")}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	platformKey, gatewayKey := sm.NewSecret(), sm.NewSecret()
	secrets := map[string]string{"platform.key": platformKey, "gateway.key": gatewayKey}
	own, theirs := sim.Signer{Scheme: "v1sm3", Key: platformKey}, sim.Signer{Scheme: "v1sm3", Key: gatewayKey}
	g.national, err = sim.StartNational(sim.NationalOptions{Own: own, Gateway: theirs, Fault: f.fault, Seed: f.seed, Hold: demoHold})
	if err != nil {
		return nil, wrongUse(err)
	}
	var units strings.Builder
	for _, k := range sim.LocalKinds() {
		if !wants(f.units, k) {
			continue
		}
		if err := g.dock(dir, k, f, &units, secrets); err != nil {
			return nil, err
		}
	}
	if len(g.locals) == 0 {
		return nil, wrongUse(fmt.Errorf("--units names no local system that can be simulated"))
	}
	for name, text := range secrets {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	yaml := fmt.Sprintf(`listen: 127.0.0.1:0
admin: 127.0.0.1:0
data: ./data
packs: [./packs]
national:
  url: %s
  source: urn:duijie:gateway:demo
  sign: {scheme: v1sm3, key: "file:gateway.key"}
  retry: {initial: 200ms, max: 2s}
  limits: {timeout: 1s}
senders:
  - {source: urn:national:mohrss, verify: {scheme: v1sm3, key: "file:platform.key"}, units: ["*"]}
units:
%slimits: {diskFree: 0}
`, g.national.MessagesURL(), units.String())
	return g, os.WriteFile(g.file, []byte(yaml), 0o600)
}

// dock starts a local system and writes the gateway's unit for it.
func (g *stage) dock(dir string, k sim.LocalKind, f demoFlags, units io.Writer, secrets map[string]string) error {
	files := filepath.Join(dir, "local", k.Unit)
	if err := os.MkdirAll(files, 0o700); err != nil {
		return err
	}
	key := strings.TrimPrefix(sm.NewSecret(), "whsec_")
	l, err := sim.StartLocal(k.Unit, sim.LocalOptions{Key: key, Fault: f.fault, Seed: f.seed, Hold: demoHold, Dir: files})
	if err != nil {
		return err
	}
	g.locals = append(g.locals, l)
	if err := hastenedPack(k.Unit, filepath.Join(dir, "packs", k.Unit)); err != nil {
		return err
	}
	docking := l.Docking()
	refs := map[string]string{}
	for name, text := range docking.Secrets {
		file := fmt.Sprintf("local-%s-%s.key", k.Unit, name)
		secrets[file], refs[name] = text, "file:"+file
	}
	unit, err := json.Marshal(map[string]any{"code": k.Unit, "pack": k.Unit, "mode": "docked", "settings": docking.Settings, "secrets": refs})
	fmt.Fprintf(units, "  - %s\n", unit) // JSON is YAML
	return err
}

func wants(units []string, k sim.LocalKind) bool {
	if len(units) == 0 {
		return true
	}
	for _, u := range units {
		if u == k.Kind || u == k.Unit {
			return true
		}
	}
	return false
}
