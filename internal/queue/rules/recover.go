package rules

import (
	"time"

	"duijie/internal/queue"
)

// PossiblySent marks an open delivery of a store that came from a backup: since
// then it may have been sent, and even acknowledged.
func PossiblySent(tx Tx, d *queue.Delivery, at time.Time) bool {
	if d == nil || d.State.Final() || d.Restored {
		return false
	}
	d.Marks = mark(d.Marks, "possibly-sent")
	d.Restored, d.Unknown, d.UnknownSince = true, true, at
	tx.Save(d)
	return true
}
