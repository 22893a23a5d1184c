package queuetest

import (
	"duijie/internal/queue"
)

// holding is a start that keeps something back.
func holding(d queue.Delivery, what string) queue.Start {
	s := queue.Start{Receipt: d.Receipt, Lease: d.Lease, Document: []byte("sent")}
	if what != "" {
		s.Remember = []byte(what)
	}
	return s
}

// remembers holds what is remembered of a subject's documents to local; "": nothing.
func (r *rig) remembers(typ, subject, want string) {
	r.t.Helper()
	r.want("remembered of "+typ+" "+subject,
		string(r.Remembered(queue.Memory{Unit: unit, Type: typ, Subject: subject, Direction: queue.ToLocal})), want)
}

// tell sends a message with something held back and settles it.
func (r *rig) tell(subject, what string, o queue.Settlement) (receipt string) {
	r.t.Helper()
	receipt = r.putOne(r.down(subject, "case.reassigned"))
	d := r.claimed(receipt)[0]
	r.beginWith(holding(d, what))
	r.settled(d, o)
	return receipt
}

var memoryPromises = []promise{
	{"HeldBackIsRememberedWhenTheReceiverHasTheDocument", func(r *rig) {
		receipt := r.putOne(r.down("A", "case.reassigned"))
		d := r.claimed(receipt)[0]
		r.beginWith(holding(d, "one"))
		r.remembers("case.reassigned", "A", "")
		r.settled(d, acked(""))
		r.remembers("case.reassigned", "A", "one")
		r.remembers("case.reassigned", "B", "")
		r.remembers("case.withdrawn", "A", "")
		r.restart()
		r.remembers("case.reassigned", "A", "one")
	}},
	{"RefusedDocumentIsNotRemembered", func(r *rig) {
		r.tell("A", "one", acked(""))
		second := r.tell("A", "two", held("refused"))
		r.remembers("case.reassigned", "A", "one")
		r.act(queue.Act{Receipt: second, Verb: queue.Ack, At: r.clock.Now()}) // a person knows better
		r.remembers("case.reassigned", "A", "two")
	}},
	{"LaterDocumentReplacesOrForgetsTheMemory", func(r *rig) {
		r.tell("A", "one", acked(""))
		r.tell("A", "two", acked(""))
		r.remembers("case.reassigned", "A", "two")
		r.tell("A", "", acked(""))
		r.remembers("case.reassigned", "A", "")
	}},
	{"AwaitedAcknowledgementKeepsTheMemory", func(r *rig) {
		receipt := r.tell("A", "one", awaiting("W1", start.Add(day)))
		r.remembers("case.reassigned", "A", "one")
		r.act(queue.Act{Receipt: receipt, Verb: queue.Late, At: r.clock.Now()})
		r.remembers("case.reassigned", "A", "one")
	}},
	{"RepeatOfFrozenBytesKeepsWhatTheyHeldBack", func(r *rig) {
		receipt := r.putOne(r.down("A", "case.reassigned"))
		d := r.claimed(receipt)[0]
		r.beginWith(holding(d, "one"))
		r.restart()
		d = r.claimed(receipt)[0]
		r.want("frozen", string(d.Frozen), "sent")
		s := holding(d, "")
		s.Repeat = true
		r.beginWith(s)
		r.settled(d, acked(""))
		r.remembers("case.reassigned", "A", "one")
	}},
	{"MemoryIsPurgedWithItsPayload", func(r *rig) {
		r.endsWith("case.withdrawn")
		first := r.putOne(r.happening("A", "case.delegated"))
		r.deliver(first, acked("L1"))
		r.tell("A", "one", acked(""))
		r.deliver(r.putOne(r.happening("A", "case.withdrawn")), acked(""))
		r.tell("B", "other", acked(""))
		r.clock.Pass(29 * day)
		r.purgePayloads(30 * day)
		r.remembers("case.reassigned", "A", "one")
		r.tell("C", "young", acked(""))
		r.clock.Pass(2 * day)
		r.purgePayloads(30 * day)
		r.remembers("case.reassigned", "A", "")
		r.remembers("case.reassigned", "C", "young")
	}},
	{"MemoryIsGoneWithTheLog", func(r *rig) {
		r.tell("A", "one", acked(""))
		r.clock.Pass(100 * day)
		n, err := r.PurgeLog(ctx, r.clock.Now())
		r.want("purged", []any{n, err}, []any{1, error(nil)})
		r.remembers("case.reassigned", "A", "")
	}},
}
