package queue

import (
	"context"
	"time"
)

// Store keeps the queue. Two implementations pass the one suite in queuetest:
// bolt (the product's) and memory (a model, for tests in synthetic time).
// All methods may be called by many goroutines at once.
type Store interface {
	// Put makes messages durable; duplicates, ErrIDReused and ErrTooOld are answered one by one.
	Put(ctx context.Context, ms []NewMessage) ([]Result, error)
	// Claim reserves due heads of lanes, at most want of each target, oldest due
	// first and never two of one lane, with Payload, Frozen and Case filled. The
	// reservation is the process's own and ends with the lease (monotonic clock), Begin or Settle.
	Claim(ctx context.Context, want map[Target]int, lease time.Duration) ([]Delivery, error)
	// Renew prolongs a lease; false: it is lost.
	Renew(receipt string, lease uint64, d time.Duration) bool
	// Begin makes the attempt's number and bytes durable, before the first byte leaves.
	Begin(ctx context.Context, starts []Start) ([]Started, error)
	// Settle makes outcomes durable; ErrLeaseLost one by one: those were not applied.
	Settle(ctx context.Context, outs []Settlement) ([]Settled, error)
	// Release gives claimed, not begun deliveries back, as if never claimed.
	Release(receipts map[string]uint64)
	// Act applies acts from outside, all in one commit, answered one by one.
	Act(ctx context.Context, acts []Act) ([]Acted, error)
	// Bind, Retire and Free are an operator's words on a case's ids: Bind binds (over
	// another case's claim), Retire forgets a local or court id, both free the cases
	// that are no longer contested and requeue what was held for it.
	Bind(ctx context.Context, unit, national, local, court string, at time.Time) error
	Retire(ctx context.Context, unit, national, local, court string, at time.Time) error
	// SetUnit and SetMeta keep small state: pause, mode, cursors.
	SetUnit(ctx context.Context, u UnitState) error
	SetMeta(ctx context.Context, key string, value []byte) error

	// Recover is for a store that came from a backup: every delivery that is not
	// final is marked possibly-sent and Restored, and what was queued is of unknown
	// outcome. It returns how many.
	Recover(ctx context.Context, at time.Time) (int, error)
	// PurgePayloads forgets the payloads, and the peers' words, of final deliveries
	// whose case ended, or which ended themselves where they have no case, before a
	// time, and what their translations held back; records, keys and digests stay. It
	// returns how many.
	PurgePayloads(ctx context.Context, before time.Time) (int, error)
	// PurgeLog forgets final deliveries with their keys that were accepted and
	// happened before a time, but those of a case that goes on, and ended cases with
	// their ids when their last delivery goes. Messages older than it are ErrTooOld from then on.
	PurgeLog(ctx context.Context, before time.Time) (int, error)

	// Changed is signalled (capacity 1) when something may have become claimable.
	Changed() <-chan struct{}
	// NextDue is when the earliest head of these targets falls due; zero: none waits.
	NextDue(targets []Target) time.Time
	// Health is ok, full, readonly or failed.
	Health() string
	Browser
	Close() error
}

// UnitState is what the store keeps of a unit beside the configuration.
type UnitState struct {
	Code   string    `cbor:"1,keyasint"`
	Mode   string    `cbor:"2,keyasint"` // resident parallel docked; empty: the file's
	Since  time.Time `cbor:"3,keyasint"`
	Paused bool      `cbor:"4,keyasint"`
}

// Due is a place among what waits for a moment; zero: before all.
type Due struct {
	At  time.Time
	Seq uint64
}

// Filter selects deliveries; empty fields select all.
type Filter struct {
	Units     []string // empty: all
	State     State
	Type      string
	Subject   string
	Direction Direction
	Reason    string
	Mark      string
	// Query finds receipt, id, key, subject, local or court number, whole.
	Query        string
	Since, Until time.Time // by acceptance
	// Before is a cursor: deliveries with a smaller sequence (newest first), 0: from the newest.
	Before uint64
	// After is a cursor for oldest first.
	After  uint64
	Oldest bool // oldest first
	Limit  int  // 0: 50
}

// Count is a number of deliveries of one target in one state.
type Count struct {
	Target
	State State
	N     int
}

// Browser reads, for the API, the console and the gateway's own look-ups. What
// it returns is a copy; Payload and Frozen are empty unless asked for.
type Browser interface {
	Get(receipt string) (Delivery, error)   // ErrNotFound
	Payload(receipt string) ([]byte, error) // ErrNotFound also when purged
	FindID(source, id string) (Delivery, bool)
	// FindKey finds by key, which the sendings of one message share: the newest that is
	// under way, else the newest.
	FindKey(key string) (Delivery, bool)
	FindAwait(unit, ref string) (Delivery, bool) // by what an await rule named
	List(f Filter) ([]Delivery, uint64, error)   // and the cursor of the next page, 0: none
	Counts() []Count
	Open(t Target) int                              // not final
	Backlog(unit string) (all, own int)             // not final: of all, and of a unit
	Oldest(t Target) time.Time                      // acceptance of the oldest open one; zero: none
	CaseOf(unit, id string) (Case, bool)            // by national, local or court id
	CasesOf(national string) []Case                 // of every unit, by national id
	Timeline(unit, lane string) ([]Delivery, error) // both ways, by acceptance
	// EachCase yields every case of a unit ("": of all), in no order and never under one long transaction.
	EachCase(unit string, yield func(Case) bool) error
	National(unit, kind, scope, local string) (string, bool)
	Local(unit, kind, scope, national string) (string, bool)
	Remembered(m Memory) []byte                       // what Start.Remember said last; nil: nothing, or purged
	HeldSince(before time.Time, limit int) []Delivery // held longer, platform not told, to-local
	// AwaitDue are those awaiting past AwaitUntil, the longest overdue first, from
	// behind a place on: who cannot look after some goes on behind them.
	AwaitDue(now time.Time, after Due, limit int) []Delivery
	// Naming yields the deliveries, not purged, whose messages name a material, by
	// acceptance, until yield returns false.
	Naming(digest string, yield func(Delivery) bool) error
	Unit(code string) (UnitState, bool)
	Meta(key string) []byte
	Size() int64 // bytes on disk
}
