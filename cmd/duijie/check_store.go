package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"duijie/internal/config"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

func storePath(c *config.Config) string { return filepath.Join(c.Data, "duijie.db") }

// storeUnopened is the code of a store that cannot be opened.
const storeUnopened = "store"

// checkModes reports where mode and pause in the store differ from the file,
// which has only their initial values.
func checkModes(c *config.Config) []finding {
	path := storePath(c)
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		return nil // no store yet
	}
	units, err := bolt.ReadUnits(path)
	if errors.Is(err, queue.ErrLocked) {
		return []finding{{File: c.Name(), Severity: "info", Code: "store", Message: "the gateway is running: modes and pauses are not compared (the console shows them)"}}
	}
	if isDamaged(err) {
		return []finding{{File: path, Severity: "error", Code: "store-damaged", Message: "the file is no store, or is damaged; restore a backup: " + err.Error()}}
	}
	if err != nil {
		return []finding{{File: c.Name(), Severity: "error", Code: storeUnopened, Message: err.Error()}}
	}
	var out []finding
	for _, kept := range units {
		for _, u := range c.Units {
			if u.Code != kept.Code {
				continue
			}
			say := func(format string, args ...any) {
				out = append(out, finding{File: c.Name(), Line: u.Line, Col: u.Col, Severity: "warning", Code: "store-differs", Message: "unit " + u.Code + ": " + fmt.Sprintf(format, args...)})
			}
			if kept.Mode != "" && kept.Mode != u.Mode {
				say("the mode in force is %s, the file says %s", kept.Mode, u.Mode)
			}
			if kept.Mode == u.Mode && kept.Mode == "parallel" && !kept.Since.Equal(u.Since) {
				say("parallel since %s, the file says otherwise", stampOf(kept.Since))
			}
			if kept.Paused {
				say("is paused")
			}
		}
	}
	return out
}

// checkStore walks the whole store: its pages, and every index against the
// records. Indexes that are wrong are made anew from the records.
func checkStore(c *config.Config) ([]finding, error) {
	path := storePath(c)
	if _, err := os.Stat(path); err != nil {
		return nil, unreachable(err)
	}
	s, err := bolt.Open(bolt.Options{Path: path, Judge: gateway.JudgeCase, Key: event.Key})
	if err != nil {
		return nil, unreachable(storeHint(err, c.Data))
	}
	defer s.Close()
	if err := s.Check(); err != nil {
		return []finding{{File: path, Severity: "error", Code: "store-damaged", Message: "the file is damaged; restore a backup: " + err.Error()}}, nil
	}
	wrong := s.Verify()
	if wrong == nil {
		return nil, nil
	}
	if err := s.Repair(); err != nil {
		return []finding{{File: path, Severity: "error", Code: "store-damaged", Message: err.Error()}}, nil
	}
	if err := s.Verify(); err != nil {
		return []finding{{File: path, Severity: "error", Code: "store-damaged", Message: "after a repair: " + err.Error()}}, nil
	}
	return []finding{{File: path, Severity: "warning", Code: "store-repaired", Message: "indexes were made anew from the log: " + wrong.Error()}}, nil
}
