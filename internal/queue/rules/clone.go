package rules

import (
	"maps"
	"slices"

	"duijie/internal/queue"
)

// Clone copies a delivery with all that it points to, but for Payload, Frozen
// and Case, which are never changed in place.
func Clone(d *queue.Delivery) *queue.Delivery {
	n := *d
	n.Warnings, n.Stats = slices.Clone(d.Warnings), cloneMap(d.Stats)
	n.Attempts, n.Counts = slices.Clone(d.Attempts), cloneMap(d.Counts)
	n.Marks, n.WaitFor, n.Missing = slices.Clone(d.Marks), slices.Clone(d.WaitFor), slices.Clone(d.Missing)
	if d.Reason != nil {
		r := *d.Reason
		n.Reason = &r
	}
	return &n
}

func cloneMap[V any](m map[string]V) map[string]V { return maps.Clone(m) }
