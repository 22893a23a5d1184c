package adapter

import "context"

// Memory keeps an adapter's few durable words beside the store: names that were
// fixed at a first attempt, counters of {seq}. Keys are the adapter's own and
// begin with its kind and unit.
//
// Put and Next return nil only once what they did is durable. It may be used by
// many goroutines at once.
type Memory interface {
	// Get gives what Put kept under a key.
	Get(key string) (value string, ok bool)
	Put(ctx context.Context, key, value string) error
	// Next counts on from 1; no number of a counter is given twice.
	Next(ctx context.Context, counter string) (uint64, error)
}

// GenerationKey is the key under which a restored store tells how often it came
// from a backup, as a decimal; absent where it never did. Names and sequence
// numbers that were given away must differ by it.
const GenerationKey = "generation"
