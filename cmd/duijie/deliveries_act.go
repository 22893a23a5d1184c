package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// actVerb is one act on deliveries by receipt.
type actVerb struct {
	name, short  string
	wantsReason  bool
	lane, locals bool // has --lane, --local-ref
}

func actVerbs() []actVerb {
	return []actVerb{
		{name: "retry", short: "try held or queued deliveries now"},
		{name: "cancel", short: "end deliveries undelivered; the platform is told", wantsReason: true, lane: true},
		{name: "ack", short: "the receiver has it, by a person's word", wantsReason: true, locals: true},
		{name: "skip", short: "let the lane go on past a held delivery", wantsReason: true},
	}
}

func actCommands(s *streams, f *adminFlags) []*cobra.Command {
	var out []*cobra.Command
	for _, v := range actVerbs() {
		out = append(out, actCommand(s, f, v))
	}
	return out
}

// acted is what came of one receipt.
type acted struct {
	Receipt string          `json:"receipt"`
	OK      bool            `json:"ok"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Error   string          `json:"error,omitempty"`
}

func actCommand(s *streams, f *adminFlags, v actVerb) *cobra.Command {
	var asJSON, lane bool
	var reason, localRef string
	c := &cobra.Command{
		Use: v.name + " RECEIPT…", Short: v.short, Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, receipts []string) error {
			if v.wantsReason && reason == "" {
				return wrongUse(errors.New("give a --reason: it goes to the audit log"))
			}
			a, err := f.client(s)
			if err != nil {
				return err
			}
			body := map[string]any{}
			if v.wantsReason {
				body["reason"] = reason
			}
			if v.lane {
				body["lane"] = lane
			}
			if v.locals {
				body["localRef"] = localRef
			}
			return actAll(c.Context(), s, a, v.name, receipts, body, asJSON)
		},
	}
	if v.wantsReason {
		c.Flags().StringVar(&reason, "reason", "", "why; goes to the audit log")
	}
	if v.lane {
		c.Flags().BoolVar(&lane, "lane", false, "those that wait behind it too")
	}
	if v.locals {
		c.Flags().StringVar(&localRef, "local-ref", "", "the local system's own number of the case")
	}
	jsonFlag(c, &asJSON)
	return c
}

// actAll acts on each receipt in turn; one refusal does not stop the rest, an
// admin API that is out of reach does.
func actAll(ctx context.Context, s *streams, a *adminClient, verb string, receipts []string, body any, asJSON bool) error {
	var results []acted
	well := true
	for _, receipt := range receipts {
		answer, err := a.call(ctx, "POST", deliveriesPath+"/"+url.PathEscape(receipt)+"/"+verb, nil, body)
		var e *exit
		if errors.As(err, &e) && e.code == exitUnreachable {
			return err
		}
		r := acted{Receipt: receipt, OK: err == nil, Answer: answer}
		if err != nil {
			well, r.Error = false, err.Error()
		}
		results = append(results, r)
	}
	if asJSON {
		if err := s.json(map[string]any{"results": results}); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			if r.OK {
				fmt.Fprintf(s.out, "%s  %s\n", r.Receipt, verb)
			} else {
				fmt.Fprintf(s.err, "%s  %s\n", r.Receipt, r.Error)
			}
		}
	}
	if !well {
		return notWell(errSilent)
	}
	return nil
}

// job is a bulk act under way, as the admin API shows it.
type job struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Total  int    `json:"total"`
	Done   int    `json:"done"`
	Failed int    `json:"failed"`
}

func redriveCommand(s *streams, f *adminFlags) *cobra.Command {
	var asJSON, dryRun, detach bool
	values := map[string]*string{}
	c := &cobra.Command{
		Use:   "redrive [RECEIPT…]",
		Short: "retry in bulk what is held or queued, or resend what was acknowledged",
		Long: "Selects by at least one of --unit, --type, --reason or receipts. The set is counted and frozen first,\n" +
			"then runs at the unit's rate; the command waits for its end unless --detach.",
		RunE: func(c *cobra.Command, receipts []string) error {
			if *values["unit"] == "" && *values["type"] == "" && *values["reason"] == "" && len(receipts) == 0 {
				return wrongUse(errors.New("select by --unit, --type, --reason or receipts"))
			}
			a, err := f.client(s)
			if err != nil {
				return err
			}
			body := map[string]any{"dryRun": dryRun}
			for name, v := range values {
				if *v != "" {
					body[name] = *v
				}
			}
			if len(receipts) > 0 {
				body["receipts"] = receipts
			}
			answer, err := a.call(c.Context(), "POST", "/admin/v1/redrive", nil, body)
			if err != nil {
				return err
			}
			if !dryRun && !detach {
				if answer, err = waitJob(c.Context(), s, a, answer); err != nil {
					return err
				}
			}
			return printJob(s, answer, dryRun, asJSON)
		},
	}
	for _, name := range []string{"unit", "direction", "state", "type", "subject", "reason", "since", "until"} {
		values[name] = c.Flags().String(name, "", "select by "+name)
	}
	c.Flags().BoolVar(&dryRun, "dry-run", false, "only count")
	c.Flags().BoolVar(&detach, "detach", false, "don't wait for the end")
	jsonFlag(c, &asJSON)
	return c
}

// waitJob asks for the job until it has ended.
func waitJob(ctx context.Context, s *streams, a *adminClient, answer json.RawMessage) (json.RawMessage, error) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		var j job
		if json.Unmarshal(answer, &j) != nil || j.ID == "" || j.State != "running" {
			return answer, nil
		}
		if s.terminal {
			fmt.Fprintf(s.err, "\r%d of %d", j.Done, j.Total)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("job %s goes on without us: %w", j.ID, ctx.Err())
		}
		var err error
		if answer, err = a.call(ctx, "GET", "/admin/v1/jobs/"+url.PathEscape(j.ID), nil, nil); err != nil {
			return nil, err
		}
	}
}

func printJob(s *streams, answer json.RawMessage, dryRun, asJSON bool) error {
	var j job
	if err := json.Unmarshal(answer, &j); err != nil {
		return errors.New("read the job: not what the admin API gives")
	}
	if asJSON {
		if err := s.json(answer); err != nil {
			return err
		}
	} else if dryRun {
		fmt.Fprintf(s.out, "%d would go\n", j.Total)
	} else {
		fmt.Fprintf(s.out, "%s  %s: %d of %d, %d failed\n", j.ID, j.State, j.Done, j.Total, j.Failed)
	}
	if j.Failed > 0 || j.State == "failed" {
		return notWell(errSilent)
	}
	return nil
}
