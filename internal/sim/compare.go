package sim

import (
	"slices"
	"time"
)

// Comparison is what one side sent held against what the other side took.
type Comparison struct {
	// Accepted are those sent messages that the gateway gave its word for.
	Accepted int
	// Lost were accepted but are not in the other side's book under their key, or
	// stand there as another case's or another type's message.
	Lost []Sent
	// Duplicates were taken under a key that nobody's message has: something was
	// sent twice under two keys, or made up.
	Duplicates []Taken
	// Disordered counts messages that arrived before an earlier one of their case.
	Disordered int
	// Waits are the times from the gateway's word to the taking.
	Waits []time.Duration
}

// own are the types that the gateway itself may send upward: nobody sent them to it.
var own = []string{"delivery.reported", "unit.mode.changed", "test.ping", "stats.period.reported"}

// Compare holds what was sent against what was taken. It knows nothing of the
// gateway but the rule by which keys are made.
func Compare(sent []Sent, taken []Taken) Comparison {
	var c Comparison
	byKey := make(map[string]Taken, len(taken))
	for _, t := range taken {
		byKey[t.Key] = t
	}
	known := make(map[string]bool, len(sent))
	last := map[string]int{} // by subject: the highest number of arrival so far
	for _, s := range sent {
		known[s.Key] = true
		if s.Accepted.IsZero() {
			continue
		}
		c.Accepted++
		t, ok := byKey[s.Key]
		if !ok || t.Subject != s.Subject || t.Type != s.Type || t.Unit != s.Unit {
			c.Lost = append(c.Lost, s)
			continue
		}
		c.Waits = append(c.Waits, max(t.At.Sub(s.Accepted), 0))
		if t.N < last[s.Subject] {
			c.Disordered++
		}
		last[s.Subject] = max(last[s.Subject], t.N)
	}
	for _, t := range taken {
		if !known[t.Key] && !slices.Contains(own, t.Type) {
			c.Duplicates = append(c.Duplicates, t)
		}
	}
	return c
}

// ofUnit leaves what belongs to that unit.
func ofUnit[T any](all []T, unit func(T) string, code string) []T {
	return slices.DeleteFunc(slices.Clone(all), func(v T) bool { return unit(v) != code })
}
