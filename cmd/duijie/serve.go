package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"runtime/pprof"
	"syscall"

	"github.com/spf13/cobra"

	"duijie/internal/config"
	"duijie/internal/gateway"
	"duijie/internal/logfile"
)

func serveCommand(s *streams) *cobra.Command {
	var file, profile string
	c := &cobra.Command{
		Use:   "serve -c duijie.yaml",
		Short: "run the gateway",
		Long: "Serves until SIGTERM or SIGINT, then drains within a bound. SIGHUP reads configuration and packs\n" +
			"again, as a whole or not at all. Exit 1: the configuration has errors; 3: a port or the store cannot be opened.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := loadConfig(s, file)
			if err != nil {
				return err
			}
			log, closeLog, err := newLog(cfg.Log, s)
			if err != nil {
				return err
			}
			defer closeLog()
			defer stdlog.SetOutput(stdlog.Writer())
			stdlog.SetOutput(libraryLog{log})
			stop, err := profiled(profile)
			if err != nil {
				return err
			}
			defer stop()
			return serve(c.Context(), cfg, log)
		},
	}
	c.Flags().StringVarP(&file, "config", "c", "duijie.yaml", "the configuration")
	c.Flags().StringVar(&profile, "cpuprofile", "", "write a processor profile (Go's pprof) until the end")
	return c
}

// profiled writes a processor profile to a file until stop; no name: none.
func profiled(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, unreachable(fmt.Errorf("cpuprofile: %w", err))
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(unreachable(fmt.Errorf("cpuprofile: %w", err)), f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// gcPercent lets the small heap of a gateway grow further between collections,
// which cost a busy one a seventh of its time at 100 (docs/performance.md).
const gcPercent = 150

func serve(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	a, err := newApp(cfg, log)
	if err != nil {
		return err
	}
	log.Info("serving", "listen", a.server.Addr(), "admin", a.server.AdminAddr(), "units", len(cfg.Units), "version", readBuildInfo().Version)
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				a.reload(ctx)
			}
		}
	}()
	err = a.Run(ctx)
	if ctx.Err() == nil {
		return err
	}
	<-done
	log.Info("stopped")
	return err
}

// reload reads configuration and packs again; every finding is logged.
func (a *app) reload(ctx context.Context) {
	r, err := a.gateway.Reload(ctx, gateway.Operator{Name: "SIGHUP"}, false)
	for _, f := range r.Findings {
		a.log.Warn("finding", "file", f.File, "line", f.Line, "col", f.Col, "severity", f.Severity, "code", f.Code, "message", f.Message)
	}
	if err != nil {
		a.log.Error("reload", "error", err)
	} else if !r.Applied {
		a.log.Error("reload refused: what ran before runs on")
	}
}

// newLog is JSON lines on stderr, text on a terminal, or a file, which is put aside
// when it is full. What is wrong with the file is told on stderr.
func newLog(l config.Log, s *streams) (*slog.Logger, func(), error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil && l.Level != "" {
		return nil, nil, notWell(fmt.Errorf("log.level: %w", err))
	}
	var w io.Writer = s.err
	closeLog := func() {}
	if l.File != "" {
		f, err := logfile.Open(logfile.Options{Path: l.File, MaxBytes: l.MaxSize, Keep: l.Keep, Trouble: func(err error) {
			fmt.Fprintf(s.err, "duijie: log.file: %v\n", err)
		}})
		if err != nil {
			return nil, nil, tip("log-file", unreachable(fmt.Errorf("log.file: %w", err)))
		}
		w, closeLog = f, func() { f.Close() }
	}
	opts := &slog.HandlerOptions{Level: level}
	if s.terminal && l.File == "" {
		return slog.New(slog.NewTextHandler(w, opts)), closeLog, nil
	}
	return slog.New(slog.NewJSONHandler(w, opts)), closeLog, nil
}
