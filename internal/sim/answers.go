package sim

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"duijie/schemas"
)

//go:embed answers.json
var answersFile []byte

// answerRule says what the platform sends down when a message of a type came up.
type answerRule struct {
	On   string
	When map[string]string // members of the data that must have these values
	Send []struct {
		Type string
		Data map[string]any
	}
}

// answers are the platform's replies to what came up.
type answers struct {
	national *National
	gateway  string
	rules    map[string][]answerRule
	// takes tells whether the system behind a unit knows a type.
	takes func(unit, typ string) bool
}

func newAnswers(n *National, gateway string, locals []Local) (*answers, error) {
	var all []answerRule
	if err := json.Unmarshal(answersFile, &all); err != nil {
		return nil, fmt.Errorf("read answers.json: %w", err)
	}
	a := &answers{national: n, gateway: gateway, rules: map[string][]answerRule{}, takes: takesOf(locals)}
	for _, r := range all {
		a.rules[r.On] = append(a.rules[r.On], r)
	}
	return a, nil
}

// limited is a local system that knows some flows only; the platform asks it for
// nothing else.
type limited interface{ Takes(typ string) bool }

func takesOf(locals []Local) func(unit, typ string) bool {
	byUnit := map[string]limited{}
	for _, l := range locals {
		if some, ok := l.(limited); ok {
			byUnit[l.Unit()] = some
		}
	}
	return func(unit, typ string) bool {
		l, ok := byUnit[unit]
		return !ok || l.Takes(typ)
	}
}

// to is what the platform answers to t. Ids follow from t's key, so that an
// answer is the same message however often it is made.
func (a *answers) to(t Taken, now time.Time) []Event {
	var out []Event
	var e Event
	var data map[string]any
	if len(a.rules[t.Type]) == 0 || json.Unmarshal(t.Document, &e) != nil || json.Unmarshal(e.Data, &data) != nil {
		return nil
	}
	value := func(name string) string {
		switch name {
		case "subject":
			return t.Subject
		case "no":
			return t.Key[:min(len(t.Key), 12)]
		case "sha":
			return inventedDigest(t.Key)
		}
		if text, ok := moment(name, "T", now.In(zone), time.RFC3339); ok {
			return text
		}
		text, _ := data[name[min(len("data."), len(name)):]].(string)
		return text
	}
	for _, rule := range a.rules[t.Type] {
		if !rule.holds(data) {
			continue
		}
		for _, send := range rule.Send {
			if !a.takes(t.Unit, send.Type) {
				continue
			}
			doc, err := json.Marshal(fill(send.Data, value))
			if err != nil {
				continue
			}
			subject, _ := schemas.KeyValue(send.Type, doc)
			out = append(out, Event{ID: fmt.Sprintf("ans-%s-%d", t.Key, len(out)), Type: send.Type, Subject: subject,
				Unit: t.Unit, Time: stamp(now), Data: doc})
		}
	}
	return out
}

func (r answerRule) holds(data map[string]any) bool {
	for name, want := range r.When {
		if got, _ := data[name].(string); got != want {
			return false
		}
	}
	return true
}

// run answers everything that comes up until ctx ends. Answers to one message
// leave in their order.
func (a *answers) run(ctx context.Context) {
	var wg sync.WaitGroup
	defer wg.Wait()
	seats := make(chan struct{}, 16)
	book, seen := a.national.Book(), 0
	for book.Wait(ctx, func() bool { return book.Len() > seen }) == nil {
		for _, t := range book.All()[seen:] {
			seen++
			events := a.to(t, time.Now())
			if len(events) == 0 {
				continue
			}
			select {
			case seats <- struct{}{}:
			case <-ctx.Done():
				return
			}
			wg.Go(func() {
				defer func() { <-seats }()
				for _, e := range events {
					if e.Type == "case.materials.supplied" && a.national.PutMaterial(ctx, a.gateway, inventedFile(t.Key)) != nil && ctx.Err() != nil {
						return
					}
					if a.national.Send(ctx, a.gateway, e) != nil && ctx.Err() != nil {
						return
					}
				}
			})
		}
	}
}

// owed is the number of answers that have not been given the gateway's word yet.
func (a *answers) owed(units map[string]int) int {
	n := 0
	ledger := a.national.Ledger()
	for _, t := range a.national.Book().All() {
		if _, ours := units[t.Unit]; !ours {
			continue
		}
		for _, e := range a.to(t, t.At) {
			if s, ok := ledger.Get(Key(e.Unit, a.national.opts.Source, e.ID)); !ok || s.Accepted.IsZero() && s.Refused == "" {
				n++
			}
		}
	}
	return n
}
