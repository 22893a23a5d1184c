package queue

import "time"

// Case is what the gateway knows of one case of one unit: enough to show it, to
// order its messages and to hold what would harm. It is no workflow.
type Case struct {
	Unit string `cbor:"1,keyasint"`
	// Lane is the case's lane: "n:"+national id once known, else "l:"+local id.
	Lane     string `cbor:"2,keyasint"`
	National string `cbor:"3,keyasint"`
	Local    string `cbor:"4,keyasint"`
	Court    string `cbor:"5,keyasint"`
	// State is delegated accepted mediating suspended closed … (docs/delivery.md).
	State string `cbor:"6,keyasint"`
	// StateTime is the time of the event that set State, StateSide its side, StateCoarse
	// the precision of that time.
	StateTime   time.Time     `cbor:"7,keyasint"`
	StateSide   Direction     `cbor:"8,keyasint"`
	StateCoarse time.Duration `cbor:"9,keyasint"`
	Marks       []string      `cbor:"10,keyasint"`
	// Contested: an id of this case is also claimed by another; nothing passes.
	Contested bool `cbor:"11,keyasint"`
	// ContestedBy is the lane of the other case.
	ContestedBy string `cbor:"12,keyasint"`
	// Agreed tells that it was closed with an agreement.
	Agreed bool `cbor:"13,keyasint"`
	// Requested is the kind (confirmation, paper, review) asked for by agreement number.
	Requested map[string]string `cbor:"14,keyasint"`
	// Delegation is pre or post; Procedure ordinary, summary or none: for the clocks.
	Delegation string `cbor:"15,keyasint"`
	Procedure  string `cbor:"16,keyasint"`
	// Times are the events' own times by name, for clocks and statistics.
	Times map[string]time.Time `cbor:"17,keyasint"`
	// OtherLocal are local ids that answers named besides Local; shown, never used.
	OtherLocal []string  `cbor:"18,keyasint"`
	BeganAt    time.Time `cbor:"19,keyasint"`
	// Pauses are when the case was suspended (中止); the last is open while it is.
	Pauses []Pause `cbor:"20,keyasint"`
	// Asked is the days of the latest extension asked for, Extended those granted
	// without a new end.
	Asked    int `cbor:"21,keyasint"`
	Extended int `cbor:"22,keyasint"`
	// EndedAt is when the gateway learned that the case has ended; zero while it
	// goes on. From then on its payloads' retention counts.
	EndedAt time.Time `cbor:"23,keyasint"`
	// Figures are the few words that statistics need of the case, or of an entry of
	// the roster: codes, numbers and times, no name and no text.
	Figures map[string]string `cbor:"24,keyasint"`
}

// The moments in Case.Times that are no message's own time.
const (
	TimeTaken      = "taken"      // the delegation was accepted by the gateway
	TimeConfirmed  = "confirmed"  // the platform acknowledged the acceptance
	TimeCancelled  = "cancelled"  // the last delegation that was not cancelled was; a new one takes it back
	TimeEnded      = "ended"      // withdrawn or rejected, where that moved the case
	TimeEffective  = "effective"  // the agreement takes effect
	TimeNewDue     = "newDue"     // the end that an extension named
	TimeConfirming = "confirming" // a confirmation, or its dossier, was first asked for or decided
)

// TimeFirst begins the names in Case.Times of figures: each is the time of the first
// such event.
const TimeFirst = "first:"

// Pause is a time in which a case was suspended; To is zero while it is.
type Pause struct {
	From time.Time `cbor:"1,keyasint"`
	To   time.Time `cbor:"2,keyasint"`
}

// CaseEvent is what a message means for its case.
type CaseEvent struct {
	Type      string
	Direction Direction
	Time      time.Time     // the event's own
	Coarse    time.Duration // precision of Time: 24h for a date, 0 for exact
	Decision  string        // closing reason, decision, progress kind, …
	Agreement string        // agreement number for F11, F12, F14
	// Delegation and Procedure of case.delegated.
	Delegation, Procedure string
	// Until is when an agreement takes effect, or an extended time ends; Days are
	// those that an extension asks for.
	Until time.Time
	Days  int
	// Figures are kept on the record, the latest word by name; First are figures that
	// the case is counted for once, by the time of the first such event.
	Figures map[string]string
	First   string
	// Cancelled: it is the delegation's end by an operator; nothing else of it is under way.
	Cancelled bool
	// Listed: the subject is no case but an entry of a list (roster); only a record of it is kept.
	Listed bool
	// OrderWaitUntil is until when an early message waits for the acceptance; zero: it never waits.
	OrderWaitUntil time.Time
	Now            time.Time
}

// Verdict is what the case says to a message that wants to pass.
type Verdict struct {
	// Hold holds the message with this reason.
	Hold *Reason
	// WaitUntil leaves it queued, waiting for the case to be accepted, until then.
	WaitUntil time.Time
	// Marks are added to the delivery and the case.
	Marks []string
	// Wake lets what waits for order in this lane go at once.
	Wake bool
}

// Passes tells that the message may go.
func (v Verdict) Passes() bool { return v.Hold == nil && v.WaitUntil.IsZero() }

// Judge folds an event into a case: the new record and the verdict. It is given
// to Open, is pure, and runs inside the commit. c is nil where the gateway never
// saw the case; it returns nil to make none.
type Judge func(c *Case, e CaseEvent) (*Case, Verdict)
