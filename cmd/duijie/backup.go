package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"
	"github.com/spf13/cobra"

	"duijie/internal/backup"
	"duijie/internal/config"
	"duijie/internal/i18n"
)

// backup gives the function that writes a copy of what the app keeps.
func (a *app) backup(c *config.Config, program string) func(io.Writer) error {
	return func(w io.Writer) error {
		return backup.Write(w, backup.Source{
			Manifest: backup.Manifest{Program: program, At: time.Now(), Configuration: digestOf(c.File)},
			Store:    a.store.Snapshot, Dir: c.Data,
		})
	}
}

// digestOf is the hex SM3 of a file; empty where it cannot be read.
func digestOf(file string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

func backupCommand(s *streams) *cobra.Command {
	var f adminFlags
	var asJSON bool
	c := &cobra.Command{
		Use:   "backup FILE",
		Short: "write a consistent copy of store, audit log and materials, while the gateway runs",
		Long:  "Asks the running gateway, through the admin API, for a copy and checks that it is whole. FILE must not be there yet.\nKeys are not in it: keep them apart.",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := f.client(s)
			if err != nil {
				return err
			}
			size, err := a.download(c.Context(), args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(map[string]any{"file": args[0], "bytes": size})
			}
			fmt.Fprintf(s.out, "%s: %s, whole\n", args[0], i18n.Count(int(size), "byte"))
			return nil
		},
	}
	f.flags(c)
	jsonFlag(c, &asJSON)
	return c
}

// download writes a backup under another name, checks it and gives it its own.
func (a *adminClient) download(ctx context.Context, file string) (int64, error) {
	if _, err := os.Lstat(file); err == nil {
		return 0, wrongUse(fmt.Errorf("%s is there already", file))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/admin/v1/backup", strings.NewReader("{}"))
	if err != nil {
		return 0, wrongUse(errors.New("--admin is no URL"))
	}
	r.GetBody = nil
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "en")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := (&http.Client{}).Do(r) // as long as it takes
	if err != nil {
		return 0, tip("admin-away", unreachable(fmt.Errorf("POST /admin/v1/backup: %w", errors.Unwrap(err))))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return 0, refused("POST /admin/v1/backup", "not-admin", res.StatusCode, answer)
	}
	part := file + ".part"
	size, err := save(part, res.Body)
	if err == nil {
		err = verify(part)
	}
	if err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		os.Remove(part)
		return 0, tip("backup-file", unreachable(fmt.Errorf("backup: %w", err)))
	}
	return size, nil
}

func save(file string, r io.Reader) (int64, error) {
	out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, r)
	if err == nil {
		err = out.Sync()
	}
	return n, errors.Join(err, out.Close())
}

// verify reads a backup to its end, through a folder that it leaves no trace of.
func verify(file string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = backup.Verify(in)
	return err
}

// restored is what a restore says in the end.
type restored struct {
	Data         string   `json:"data"`
	BackupAt     string   `json:"backupAt"`
	RestoredAt   string   `json:"restoredAt"`
	Generation   uint64   `json:"generation"`
	PossiblySent int      `json:"possiblySent"`
	Paused       []string `json:"paused"`
	Changed      bool     `json:"configurationChanged"`
}

func (r restored) print(w io.Writer) {
	fmt.Fprintf(w, "restored into %s, generation %d\n", r.Data, r.Generation)
	fmt.Fprintf(w, "lost: what was accepted between %s (the backup) and now, %s\n", r.BackupAt, r.RestoredAt)
	fmt.Fprintf(w, "open deliveries, marked possibly-sent: %d\n", r.PossiblySent)
	if r.Changed {
		fmt.Fprintln(w, "the configuration is not the one of the backup")
	}
	fmt.Fprintf(w, "paused: %s\n", strings.Join(r.Paused, " "))
	fmt.Fprintf(w, "next: start the gateway; senders compare GET /v1/reconcile?since=%s and push again what is missing; then resume each unit\n", r.BackupAt)
}

// moveInto gives every entry of one folder its place in another, the store last.
func moveInto(from, to string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, last := range []bool{false, true} {
		for _, e := range entries {
			if (e.Name() == backup.StoreName) != last {
				continue
			}
			if err := os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); err != nil {
				return err
			}
		}
	}
	return os.Remove(from)
}
