package rules

import "duijie/internal/queue"

// What a translation holds back is a draft while its document is on the way: a
// refused document never reached the receiver, so what it left out must not come
// back with the receiver's next one. Taken, it replaces what was remembered.

func memoryOf(d *queue.Delivery) queue.Memory {
	return queue.Memory{Unit: d.Unit, Type: d.Type, Subject: d.Subject, Direction: d.Direction}
}

// remember makes the draft of a delivery what is remembered: the receiver has
// its document. An older document that is told of late changes nothing.
func remember(tx Tx, d *queue.Delivery) {
	if d.Tried == 0 || d.Subject == "" {
		return // the receiver has no document of ours
	}
	m, draft := memoryOf(d), tx.Draft(d.Seq)
	was := tx.Rememberer(m)
	if was > d.Seq || draft == nil && (was == d.Seq || was == 0) {
		return
	}
	tx.SetMemory(m, d.Seq, draft)
	tx.SetDraft(d.Seq, nil)
}

// draft keeps what the attempt that begins would remember.
func draft(tx Tx, d *queue.Delivery, s queue.Start) {
	if s.Repeat {
		return
	}
	tx.SetDraft(d.Seq, s.Remember)
	if s.Remember == nil {
		if m := memoryOf(d); tx.Rememberer(m) == d.Seq { // an attempt before this one was taken
			tx.SetMemory(m, 0, nil)
		}
	}
}

// Forget drops what a delivery's translation held back.
func Forget(tx Tx, d *queue.Delivery) {
	tx.SetDraft(d.Seq, nil)
	if m := memoryOf(d); tx.Rememberer(m) == d.Seq {
		tx.SetMemory(m, 0, nil)
	}
}
