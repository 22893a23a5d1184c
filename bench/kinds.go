package main

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

// workers is both the unit's concurrency and the number of bare callers.
const workers = 16

// subject is one kind of local system under measurement.
type subject struct {
	files   map[string]string // of the pack, and what the unit's secrets name
	unit    string            // of the unit's entry: settings, secrets
	arrived func() uint64     // how many messages the local system has
	// floor does what the wire asks for, without the gateway, by as many workers; a second.
	floor func(each time.Duration) (float64, error)
	// ask takes messages out where the local system asks for them, a second; else nil.
	ask func(p *process, each time.Duration) (float64, error)
}

// kindOf says how a subject is opened; server tells that it needs a server program.
type kindOf struct {
	name   string
	server bool
	open   func(s *stage.Stage) subject
}

func kindsMeasured() []kindOf {
	return []kindOf{
		{"http", false, overHTTP},
		{"soap", false, overSOAP},
		{"sql, SQLite", false, intoSQLite},
		{"sql, PostgreSQL", true, intoPostgres},
		{"sql, MariaDB", true, intoMariaDB},
		{"file, local folder", false, intoFolder},
		{"file, SFTP (OpenSSH)", true, overSFTP},
		{"pull", false, pulled},
	}
}

// deliveries measures messages a second through each kind of sink, its backlog
// full, beside bare workers that do the same to the same receiver.
func deliveries(bin, dir string, each time.Duration, rounds int, kind string) error {
	fmt.Printf("delivered, messages a second, %d at a time (each made durable before it begins and when it is acknowledged)\n", workers)
	fmt.Printf("%-22s %14s %14s %8s\n", "kind", "bare", "gateway", "ratio")
	each = each * 3 / 5 // what is accepted beforehand takes twice this
	for _, k := range kindsMeasured() {
		if !strings.Contains(k.name, kind) {
			continue
		}
		if k.server && each < 500*time.Millisecond {
			fmt.Printf("%-22s %14s\n", k.name, "not in --smoke")
			continue
		}
		var floors, rates []float64
		var skipped string
		for range rounds {
			err := stage.On(func(s *stage.Stage) error {
				f, r, err := oneKind(bin, filepath.Join(dir, "kind"), k.open(s), each)
				floors, rates = append(floors, f), append(rates, r)
				return err
			})
			if absent, ok := errors.AsType[stage.Missing](err); ok {
				skipped = string(absent)
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", k.name, err)
			}
		}
		if skipped != "" {
			fmt.Printf("%-22s %s\n", k.name, skipped)
			continue
		}
		f, r := measure.Median(floors), measure.Median(rates)
		fmt.Printf("%-22s %14.0f %14.0f %8.2f\n", k.name, f, r, r/f)
	}
	return nil
}

func oneKind(bin, dir string, s subject, each time.Duration) (floor, rate float64, err error) {
	p, err := startPack(bin, dir, s.files, s.unit)
	if err != nil {
		return 0, 0, err
	}
	defer p.stop()
	if err := p.act("pause"); err != nil {
		return 0, 0, err
	}
	n, err := fill(p, 2*each)
	if err != nil {
		return 0, 0, err
	}
	if err := p.act("resume"); err != nil {
		return 0, 0, err
	}
	if s.ask != nil {
		rate, err = s.ask(p, each)
	} else {
		rate, err = watched(s.arrived, n, each)
	}
	if err != nil {
		return 0, 0, err
	}
	p.stop()
	floor, err = s.floor(each)
	return floor, rate, err
}

// fill has messages accepted for a while and gives their number.
func fill(p *process, long time.Duration) (uint64, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 10 * time.Second}
	var n, taken atomic.Uint64
	err := measure.Together(64, long, func() error {
		_, err := send(client, p.public, message(n.Add(1)))
		taken.Add(1)
		return err
	})
	return taken.Load(), err
}

// watched counts what arrives, from the first arrival on.
func watched(arrived func() uint64, n uint64, each time.Duration) (float64, error) {
	for late := time.Now().Add(20 * time.Second); arrived() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(late) {
			return 0, errors.New("nothing arrived within 20 s")
		}
	}
	began, before := time.Now(), arrived()
	now := before
	for time.Since(began) < each && now < n {
		time.Sleep(each / 20)
		now = arrived()
	}
	return float64(now-before) / time.Since(began).Seconds(), nil
}
