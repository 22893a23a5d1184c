package gateway

import (
	"context"
	"encoding/json"
	"slices"

	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/internal/stats"
)

// Statistics are a unit's figures of a period, "2026-11" or "2026-Q4".
func (g *Gateway) Statistics(unit, period string) (stats.Statistics, error) {
	p, err := g.statsPeriod(unit, period)
	if err != nil {
		return stats.Statistics{}, err
	}
	tally := stats.NewTally(p)
	err = g.eachRecord(unit, tally.Add, tally.AddEntry)
	if err != nil {
		return stats.Statistics{}, err
	}
	return tally.Result(unit), nil
}

// Behind lists the cases, or the roster's entries, that stand behind one figure.
func (g *Gateway) Behind(unit, period, figure string) ([]string, error) {
	p, err := g.statsPeriod(unit, period)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(stats.Figures(), figure) {
		return nil, &problem.Problem{Code: "parameter", Items: at("/figure", "enum")}
	}
	out := []string{}
	err = g.eachRecord(unit, func(r stats.Record) {
		if p.Behind(r, figure) {
			out = append(out, r.Subject)
		}
	}, func(e stats.Entry) {
		if p.EntryBehind(e, figure) {
			out = append(out, e.ID)
		}
	})
	slices.Sort(out)
	return out, err
}

// ReportStatistics sends a unit's figures to the platform (stats.period.reported).
// The same figures of the same period are one message.
func (g *Gateway) ReportStatistics(ctx context.Context, op Operator, unit, period string) (Answer, error) {
	s, err := g.Statistics(unit, period)
	if err != nil {
		return Answer{}, err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return Answer{}, err
	}
	if err := g.audit(op, "stats", unit, period); err != nil {
		return Answer{}, err
	}
	m := g.native(unit, "stats.period.reported", period, "stats:"+unit+":"+period, data, g.now())
	m.Reissue = queue.ReissueTake // corrected figures are a message of their own
	a := g.put(ctx, []Answer{{ID: m.ID, Source: m.Source}}, []*queue.NewMessage{&m})[0]
	return a, a.Err
}

func (g *Gateway) statsPeriod(unit, period string) (stats.Period, error) {
	if g.unit(unit) == nil {
		return stats.Period{}, &problem.Problem{Code: "unknown-unit"}
	}
	p, err := stats.ParsePeriod(period)
	if err != nil {
		return p, &problem.Problem{Code: "parameter", Items: at("/period", "format")}
	}
	return p, nil
}

// eachRecord walks a unit's cases and the entries of its roster.
func (g *Gateway) eachRecord(unit string, one func(stats.Record), entry func(stats.Entry)) error {
	now := g.now()
	err := g.store.EachCase(unit, func(c queue.Case) bool {
		if c.State != listed {
			one(g.recordOf(c, now))
			return true
		}
		for _, e := range entriesOf(c) {
			entry(e)
		}
		return true
	})
	if err != nil {
		return storeProblem(err)
	}
	return nil
}
