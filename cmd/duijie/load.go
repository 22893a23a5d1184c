package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"duijie/internal/i18n"
	"duijie/internal/sim"
)

// The bounds of a load run.
const (
	loadMaxRate  = 5000
	loadMaxFor   = time.Hour
	loadInFlight = 256
)

// loadReport is what a load run came to. Latencies count from the moment when a
// request was due, so that a gateway which falls behind cannot hide it.
type loadReport struct {
	Sent     int            `json:"sent"`
	Accepted int            `json:"accepted"`
	Refused  map[string]int `json:"refused"` // by problem code or status
	Failed   int            `json:"failed"`  // no answer
	P50ms    float64        `json:"p50ms"`
	P90ms    float64        `json:"p90ms"`
	P99ms    float64        `json:"p99ms"`
	MaxMs    float64        `json:"maxms"`
	Rate     float64        `json:"rate"` // accepted a second
}

func loadCommand(s *streams) *cobra.Command {
	var t target
	var unit string
	var rate float64
	var duration time.Duration
	var seed uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "load --to URL --unit CODE --rate N --for D",
		Short: "push delegated cases at a steady rate and measure until the gateway's word",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if unit == "" || rate <= 0 || rate > loadMaxRate || duration <= 0 || duration > loadMaxFor {
				return wrongUse(fmt.Errorf("give --unit, --rate in (0,%d] and --for in (0,%s]", loadMaxRate, loadMaxFor))
			}
			to, signer, err := t.resolve(s)
			if err != nil {
				return err
			}
			if t.source == "" {
				t.source = "urn:national:mohrss"
			}
			l := &load{to: to, signer: signer, report: loadReport{Refused: map[string]int{}},
				client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: loadInFlight}}}
			defer l.client.CloseIdleConnections()
			if err := l.run(c.Context(), s, unit, t.source, seed, rate, duration); err != nil {
				return err
			}
			return l.print(s, asJSON)
		},
	}
	t.flags(c)
	c.Flags().StringVar(&unit, "unit", "", "docking unit code")
	c.Flags().StringVar(&t.source, "source", "", "the events' source (default: the configuration's first sender)")
	c.Flags().Float64Var(&rate, "rate", 10, "messages a second")
	c.Flags().DurationVar(&duration, "for", 10*time.Second, "how long")
	c.Flags().Uint64Var(&seed, "seed", 1, "seed of the invented details")
	jsonFlag(c, &asJSON)
	return c
}

// load is one run.
type load struct {
	to     string
	signer sim.Signer
	client *http.Client

	mu     sync.Mutex // guards the two below
	report loadReport
	took   []time.Duration
}

func (l *load) run(ctx context.Context, s *streams, unit, source string, seed uint64, rate float64, duration time.Duration) error {
	began := time.Now()
	event, err := sim.Delegations(unit, source, seed, began)
	if err != nil {
		return err
	}
	total := max(int(rate*duration.Seconds()), 1)
	seats := make(chan struct{}, loadInFlight)
	var wg sync.WaitGroup
	for i := range total {
		due := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if !sleepUntil(ctx, due) {
			break
		}
		e, err := event(i)
		if err != nil {
			return err
		}
		select {
		case seats <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		wg.Go(func() {
			defer func() { <-seats }()
			l.one(ctx, e, due)
		})
		if s.terminal && i%max(int(rate), 1) == 0 {
			fmt.Fprintf(s.err, "\r%d of %d", i, total)
		}
	}
	wg.Wait()
	l.report.Rate = float64(l.report.Accepted) / time.Since(began).Seconds()
	if l.report.Sent > 0 && l.report.Failed == l.report.Sent {
		return unreachable(fmt.Errorf("send to %s: no answer to any of %s", l.to, i18n.Count(l.report.Sent, "message")))
	}
	return nil
}

func sleepUntil(ctx context.Context, due time.Time) bool {
	t := time.NewTimer(time.Until(due))
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// one pushes an event once; what comes of it is counted.
func (l *load) one(ctx context.Context, e sim.Event, due time.Time) {
	status, body, err := l.post(ctx, e)
	took := time.Since(due)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Sent++
	switch r := readSingle(status, body); {
	case err != nil:
		l.report.Failed++
	case r.well():
		l.report.Accepted++
		l.took = append(l.took, took)
	case r.Problem != nil:
		l.report.Refused[refusal(r.Problem)]++
	default:
		l.report.Refused[fmt.Sprint(status)]++
	}
}

func (l *load) post(ctx context.Context, e sim.Event) (int, []byte, error) {
	body, err := json.Marshal(e)
	if err != nil {
		return 0, nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.to+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return 0, nil, errors.New("--to is no URL")
	}
	r.GetBody = nil
	r.Header.Set("Content-Type", "application/cloudevents+json")
	if err := l.signer.Sign(r.Header, e.ID, body, time.Now()); err != nil {
		return 0, nil, err
	}
	res, err := l.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, answer, err
}

func (l *load) print(s *streams, asJSON bool) error {
	slices.Sort(l.took)
	r := &l.report
	r.P50ms, r.P90ms, r.P99ms = sim.Percentile(l.took, 50), sim.Percentile(l.took, 90), sim.Percentile(l.took, 99)
	r.MaxMs = sim.Percentile(l.took, 100)
	if asJSON {
		if err := s.json(r); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(s.out, "sent %d  accepted %d  failed %d  p50 %.1f ms  p90 %.1f ms  p99 %.1f ms  max %.1f ms  %.1f messages/s\n",
			r.Sent, r.Accepted, r.Failed, r.P50ms, r.P90ms, r.P99ms, r.MaxMs, r.Rate)
		for code, n := range r.Refused {
			fmt.Fprintf(s.out, "refused %d  %s\n", n, code)
		}
	}
	if r.Accepted != r.Sent {
		return notWell(errSilent)
	}
	return nil
}
