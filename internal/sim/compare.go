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
	// Disordered counts messages that arrived before one of their subject that the
	// gateway had accepted before they were sent at all.
	Disordered int
	// Waits are the times from the gateway's word to the taking.
	Waits []time.Duration
}

// arrival is one message as the order of its subject sees it.
type arrival struct {
	accepted time.Time
	n        int
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
	arrived := map[string][]arrival{} // by subject
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
		for _, before := range arrived[s.Subject] {
			if before.n > t.N && before.accepted.Before(s.First) {
				c.Disordered++
				break
			}
		}
		arrived[s.Subject] = append(arrived[s.Subject], arrival{s.Accepted, t.N})
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
