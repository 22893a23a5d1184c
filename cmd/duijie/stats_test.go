package main

import (
	"encoding/json"
	"fmt"
	"math/big"
	"testing"
	"time"

	"duijie/internal/sim"
)

// holdStatistics holds each unit's figures of the month to an independent count
// over the platform's own books: what it sent, and what it took.
func holdStatistics(t *testing.T, a *app, g *stage) {
	t.Helper()
	period := time.Now().In(beijing).Format("2006-01")
	for _, l := range g.locals {
		counted, err := a.gateway.Statistics(l.Unit(), period)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		amount := new(big.Rat)
		for _, s := range g.national.Ledger().All() {
			switch {
			case s.Unit != l.Unit():
			case s.Type == "case.delegated":
				want["delegated"]++
			case s.Type == "case.withdrawn":
				want["withdrawn"]++
			}
		}
		for _, taken := range g.national.Book().All() {
			var e sim.Event
			if taken.Unit != l.Unit() || json.Unmarshal(taken.Document, &e) != nil {
				continue
			}
			var data struct {
				Reason    string
				Agreement struct{ Items []struct{ Amount string } }
			}
			if err := json.Unmarshal(e.Data, &data); err != nil {
				t.Fatal(err)
			}
			switch e.Type {
			case "case.accepted":
				want["accepted"]++
			case "case.rejected":
				want["rejected"]++
			case "case.registered":
				want["registered"]++
			case "case.closed":
				want["closed"]++
				want[data.Reason]++
				for _, item := range data.Agreement.Items {
					if yuan, ok := new(big.Rat).SetString(item.Amount); ok {
						amount.Add(amount, yuan)
					}
				}
			}
		}
		raw, err := json.Marshal(counted.Counts)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]any{}
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		for _, figure := range []string{"delegated", "withdrawn", "accepted", "rejected", "registered", "closed", "agreed", "settled", "unreachable",
			"declined", "deadlocked", "expired", "unsigned", "other"} {
			if fmt.Sprint(got[figure]) != fmt.Sprint(want[figure]) {
				t.Errorf("unit %s, %s: %v, the platform's books say %d", l.Unit(), figure, got[figure], want[figure])
			}
		}
		if got["amountAgreed"] != amount.FloatString(2) {
			t.Errorf("unit %s, amountAgreed: %v, the platform's books say %s", l.Unit(), got["amountAgreed"], amount.FloatString(2))
		}
	}
}
