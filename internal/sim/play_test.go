package sim

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// playThrough plays cases through a relay that spoil may make a bad one.
func playThrough(t *testing.T, cases int, spoil func(n int, key string) []string) Report {
	t.Helper()
	n := startNational(t, NationalOptions{Own: Signer{"v1sm3", testKey}})
	l := startL1Test(t, LocalOptions{})
	r := newRelay(t, n, l)
	if spoil != nil {
		r.spoil = spoil
	}
	got, err := Play(context.Background(), Options{GatewayURL: r.URL, National: n, Locals: []Local{l}, Cases: cases, Patience: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPlayRunsEveryCaseToItsEnd(t *testing.T) {
	got := playThrough(t, 12, nil)
	if !got.Well() || got.Accepted == 0 || got.Acked != got.Accepted || got.Held != 0 {
		t.Errorf("report: %+v", got)
	}
	if f := got.Flows; f["F1"] != (FlowReport{12, 12}) || f["F2"].Taken != 12 {
		t.Errorf("flows: %+v", f)
	}
	// F23 shows in the gateway's own mode only, F25 where something is held for hours.
	for i := 1; i <= 27; i++ {
		name := fmt.Sprintf("F%d", i)
		if f := got.Flows[name]; i != 23 && i != 25 && (f.Taken == 0 || f.Taken != f.Sent) {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if u := got.Units["510000"]; u.Cases != 12 || u.Sent != got.Accepted-1 || u.Taken != u.Sent || u.Disordered != 0 || u.Kind != "L1" {
		t.Errorf("unit: %+v", u)
	}
	if got.Rate <= 0 || got.P99ms < got.P50ms {
		t.Errorf("rate %v, p50 %v, p99 %v", got.Rate, got.P50ms, got.P99ms)
	}
}

func TestWhatAGatewayDoesWrongIsFoundInTheBooks(t *testing.T) {
	at := func(want int, keys func(string) []string) func(int, string) []string {
		return func(n int, key string) []string {
			if n == want {
				return keys(key)
			}
			return []string{key}
		}
	}
	for _, c := range []struct {
		name             string
		spoil            func(int, string) []string
		lost, duplicates int
	}{
		{"one is dropped", at(3, func(string) []string { return nil }), 1, 0},
		{"one goes again under another key", at(2, func(k string) []string { return []string{k, "ffff" + k[4:]} }), 0, 1},
		{"one goes again under its key", at(2, func(k string) []string { return []string{k, k} }), 0, 0},
		{"one goes to another case", at(2, func(k string) []string { return []string{"misplaced:" + k} }), 1, 0},
	} {
		got := playThrough(t, 2, c.spoil)
		if got.Lost != c.lost || got.Duplicates != c.duplicates || got.Well() != (c.lost+c.duplicates == 0) {
			t.Errorf("%s: lost %d, duplicates %d", c.name, got.Lost, got.Duplicates)
		}
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	n := startNational(t, NationalOptions{})
	l := startL1Test(t, LocalOptions{})
	g := newGatewayDouble(t, 503, 503, 503, 503, 503, 503, 503, 503, 503, 503)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if _, err := Play(ctx, Options{GatewayURL: g.URL, National: n, Locals: []Local{l}, Cases: 1}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}

func TestCompareTellsOrderWithinACase(t *testing.T) {
	now := time.Now()
	sent := func(key, subject string) Sent {
		return Sent{Key: key, Subject: subject, Accepted: now}
	}
	late := sent("2", "A")
	late.First = now.Add(time.Millisecond)
	c := Compare([]Sent{sent("1", "A"), late, sent("3", "B"), {Key: "4", Subject: "B"}},
		[]Taken{{Key: "3", Subject: "B", N: 1}, {Key: "2", Subject: "A", N: 2, At: now.Add(time.Second)}, {Key: "1", Subject: "A", N: 3}, {Key: "n", Type: "test.ping"}})
	if c.Disordered != 1 || c.Accepted != 3 || len(c.Lost)+len(c.Duplicates) != 0 || c.Waits[1] != time.Second {
		t.Errorf("%+v", c)
	}
}

func TestPercentileOfFew(t *testing.T) {
	w := []time.Duration{time.Millisecond, 2 * time.Millisecond, 30 * time.Millisecond}
	if p50, p99, none := Percentile(w, 50), Percentile(w, 99), Percentile(nil, 50); p50 != 2 || p99 != 30 || none != 0 {
		t.Errorf("%v %v %v", p50, p99, none)
	}
}
