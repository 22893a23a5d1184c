package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"time"

	"duijie/bench/measure"
)

// looks are what a person, or a monitor, asks while a backlog stands.
func looks() [][2]string {
	return [][2]string{
		{"units", "/admin/v1/units"},
		{"deliveries, first page", "/admin/v1/deliveries"},
		{"of one unit, queued", "/admin/v1/deliveries?unit=990001&state=queued"},
		{"of one type", "/admin/v1/deliveries?type=case.materials.requested"},
		{"by a case's number", "/admin/v1/deliveries?q=B7"},
		{"held", "/admin/v1/deliveries?state=held"},
		{"a type that none has", "/admin/v1/deliveries?type=case.withdrawn"},
		{"metrics", "/metrics"},
		{"console, index", "/"},
		{"console, deliveries", "/deliveries"},
		{"console, of one unit", "/deliveries?unit=990001&state=queued"},
	}
}

// admin measures the admin listener's calls and pages, one after the other.
func admin(g *process, when string, o options) error {
	client := &http.Client{Timeout: time.Minute}
	long := o.each / 2
	if o.smoke {
		long = 0
	}
	fmt.Printf("%-26s %12s %12s   %s; aim < 100 ms\n", "asked", "p50", "max", when)
	for _, l := range looks() {
		var took []time.Duration
		for end := time.Now().Add(long); len(took) < 3 || len(took) < 30 && time.Now().Before(end); {
			began := time.Now()
			_, err := whole(client.Get("http://" + g.admin + l[1]))
			if err != nil && !os.IsTimeout(err) {
				return fmt.Errorf("%s: %w", l[1], err)
			}
			took = append(took, time.Since(began))
			if err != nil {
				break // a minute is an answer
			}
		}
		slices.Sort(took)
		fmt.Printf("%-26s %12v %12v\n", l[0], measure.At(took, 50), measure.At(took, 100))
	}
	fmt.Println()
	return nil
}

// onlyQueuedAndAcked says where deliveries went otherwise: what was measured is
// then not what it says.
func onlyQueuedAndAcked(units []byte) error {
	var got struct {
		Units []struct{ Counts map[string]int }
	}
	if err := json.Unmarshal(units, &got); err != nil {
		return err
	}
	sum := map[string]int{}
	for _, u := range got.Units {
		for state, n := range u.Counts {
			sum[state] += n
		}
	}
	if n := sum["held"] + sum["cancelled"]; n > 0 {
		return fmt.Errorf("%d deliveries are held or cancelled", n)
	}
	return nil
}
