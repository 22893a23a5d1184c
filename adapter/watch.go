package adapter

import (
	"context"
	"time"
)

// Awaited is a delivery that its receiver took and has not acknowledged yet, or,
// where Settled, one that has ended.
type Awaited struct {
	Receipt string
	Key     string
	Await   string // what Ack.Await named
	Type    string
	Since   time.Time // when the attempt that was taken ended
	// Settled: it has ended lately, acknowledged or cancelled. Only a refusal that
	// contradicts its end is looked for; that nothing is there says nothing.
	Settled bool
}

// Watcher is the optional ability of a sink whose receiver acknowledges in a
// place that the sink itself must look at: a status column, a receipt file.
//
// Watch looks after the deliveries until ctx ends, then returns nil; any other
// return restarts it, with back-off. awaiting lists the unit's deliveries, of every
// type, that were taken and are not acknowledged: also those held since, which a late
// acknowledgement still ends, and now and then those that ended lately. Watch calls it once a round and may be given the
// same one again. What it finds goes to in.Acknowledge with the receipt as
// Late.Correlate; telling the same twice is harmless. It never sends anything.
type Watcher interface {
	Watch(ctx context.Context, awaiting func() []Awaited, in Intake) error
}

// Sight is what a look after an overdue acknowledgement found.
type Sight string

// What a look may find.
const (
	StillThere Sight = "still there" // the receiver has it and has not answered: patience
	NotTaken   Sight = "not taken"   // provably: it may be sent again
	Gone       Sight = "gone"        // or no way to tell: a person is needed
)

// Looker is the optional ability to look whether what was handed over is still
// where it was put, when its acknowledgement is overdue. An error leaves the
// question open.
type Looker interface {
	// CanLook tells whether messages of this type can be looked for at all.
	CanLook(messageType string) bool
	Look(ctx context.Context, a Awaited) (Sight, error)
}
