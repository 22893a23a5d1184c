package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"duijie/adapter"
	"duijie/internal/audit"
	"duijie/internal/backup"
	"duijie/internal/config"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

func restoreCommand(s *streams) *cobra.Command {
	var file string
	var asJSON bool
	c := &cobra.Command{
		Use:   "restore -c duijie.yaml FILE",
		Short: "put a backup into the data folder, in recovery: nothing is sent until an operator resumes each unit",
		Long: "The data folder must not hold a store: move an old one aside first. Afterwards every unit is paused, and\n" +
			"every delivery that was open is marked possibly-sent: it begins with its probe, or is held after-restore.\n" +
			"Says which window is lost; senders find what to push again by GET /v1/reconcile.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := loadConfig(s, file)
			if err != nil {
				return err
			}
			r, err := restore(c.Context(), cfg, args[0], time.Now())
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(r)
			}
			r.print(s.out)
			return nil
		},
	}
	c.Flags().StringVarP(&file, "config", "c", "duijie.yaml", "the configuration")
	jsonFlag(c, &asJSON)
	return c
}

// restore makes all ready in a folder beside the data's own and moves it there
// in the end: one that breaks off has changed nothing.
func restore(ctx context.Context, c *config.Config, file string, now time.Time) (restored, error) {
	r := restored{Data: c.Data, RestoredAt: stampOf(now)}
	for _, name := range append([]string{backup.StoreName, backup.AuditName}, backup.Folders...) {
		if _, err := os.Lstat(filepath.Join(c.Data, name)); err == nil {
			return r, tip("store-there", notWell(fmt.Errorf("%s holds %s already: move it aside first", c.Data, name)))
		}
	}
	in, err := os.Open(file)
	if err != nil {
		return r, unreachable(err)
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && info.IsDir() {
		return r, wrongUse(fmt.Errorf("%s is a folder, not a backup's file", file))
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return r, tip("data", unreachable(err))
	}
	dir, err := os.MkdirTemp(c.Data, ".restore-")
	if err != nil {
		return r, tip("data", unreachable(err))
	}
	defer os.RemoveAll(dir)
	m, err := backup.Extract(in, dir)
	if err != nil {
		return r, tip("backup-bad", notWell(err))
	}
	r.BackupAt, r.Changed = stampOf(m.At), m.Configuration != digestOf(c.File)
	if err := r.recover(ctx, c, dir, now); err != nil {
		return r, notWell(err)
	}
	if err := moveInto(dir, c.Data); err != nil {
		return r, unreachable(err)
	}
	return r, nil
}

// recover turns the extracted store into one that sends nothing unasked.
func (r *restored) recover(ctx context.Context, c *config.Config, dir string, now time.Time) (err error) {
	store, err := bolt.Open(bolt.Options{Path: filepath.Join(dir, backup.StoreName), Judge: gateway.JudgeCase, Key: event.Key, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Check(); err != nil {
		return fmt.Errorf("the store in the backup is damaged: %w", err)
	}
	if r.PossiblySent, err = store.Recover(ctx, now); err != nil {
		return err
	}
	for _, code := range unitsOf(c, store) {
		u, _ := store.Unit(code)
		u.Code, u.Paused = code, true
		if err := store.SetUnit(ctx, u); err != nil {
			return err
		}
		r.Paused = append(r.Paused, code)
	}
	memory := &storeMemory{store: store}
	text, _ := memory.Get(adapter.GenerationKey)
	r.Generation, _ = strconv.ParseUint(text, 10, 64) // none: the first
	r.Generation++
	if err := memory.Put(ctx, adapter.GenerationKey, strconv.FormatUint(r.Generation, 10)); err != nil {
		return err
	}
	log, err := audit.Open(filepath.Join(dir, backup.AuditName), time.Now)
	if err != nil {
		return err
	}
	return errors.Join(log.Segment(fmt.Sprintf("restored from a backup of %s, generation %d", r.BackupAt, r.Generation)), log.Close())
}

// unitsOf are the units of the configuration and those that the store knows.
func unitsOf(c *config.Config, store queue.Browser) []string {
	var codes []string
	for _, u := range c.Units {
		codes = append(codes, u.Code)
	}
	for _, n := range store.Counts() {
		codes = append(codes, n.Unit)
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

func stampOf(t time.Time) string { return t.In(beijing).Format("2006-01-02T15:04:05.000Z07:00") }

// beijing is the zone that times are shown in.
var beijing = time.FixedZone("+08:00", 8*60*60)
