package queue

import "time"

// LaneID names a lane: what leaves in order, one at a time.
type LaneID struct {
	Target
	Lane string
}

// Member is what the lane rule needs to know of one open delivery.
type Member struct {
	Seq        uint64
	State      State
	DueAt      time.Time
	Urgent     bool
	Opens      bool
	WaitsOrder bool
}

// InLane tells whether a delivery stands in its lane: it is open, and not held
// and skipped.
func (d *Delivery) InLane() bool {
	return !d.State.Final() && !(d.State == Held && d.Skipped)
}

// UnderWay tells that it was sent and is open: its receiver may have it, and the word
// on it is still to come.
func (d *Delivery) UnderWay() bool { return d.Tried > 0 && !d.State.Final() }

// Member is the delivery as the lane rule sees it.
func (d *Delivery) Member() Member {
	return Member{Seq: d.Seq, State: d.State, DueAt: d.DueAt, Urgent: d.Urgent, Opens: d.Opens, WaitsOrder: d.WaitsOrder}
}

// LaneID is the delivery's lane.
func (d *Delivery) LaneID() LaneID {
	return LaneID{Target{d.Unit, d.Direction}, d.Lane}
}

// Lane is the part of a lane that decides who may go: its head, and behind it
// the first queued member that is urgent and the first that opens the case.
// A zero Seq means none.
type Lane struct {
	Head, Urgent, Opens Member
}

// Add takes the next member in order of Seq and tells whether later ones can
// still matter.
func (l *Lane) Add(m Member) bool {
	switch {
	case l.Head.Seq == 0:
		l.Head = m
	case m.State != Queued:
	default:
		if m.Urgent && l.Urgent.Seq == 0 {
			l.Urgent = m
		}
		if m.Opens && l.Opens.Seq == 0 {
			l.Opens = m
		}
	}
	switch l.Head.State {
	case Held, Awaiting:
		return l.Urgent.Seq == 0
	case Queued:
		return l.Head.WaitsOrder && l.Opens.Seq == 0
	}
	return false
}

// Candidates are the members that may go, each from its DueAt on, the preferred
// one first. The caller knows whether one of the lane is under way: then none may.
func (l Lane) Candidates() []Member {
	var cs []Member
	switch l.Head.State {
	case Held, Awaiting:
		if l.Urgent.Seq != 0 {
			cs = append(cs, l.Urgent)
		}
	case Queued:
		if l.Head.WaitsOrder && l.Opens.Seq != 0 {
			cs = append(cs, l.Opens)
		}
		cs = append(cs, l.Head)
	}
	return cs
}

// Claimable is the member that may go at now; 0: none.
func (l Lane) Claimable(now time.Time) uint64 {
	for _, c := range l.Candidates() {
		if !c.DueAt.After(now) {
			return c.Seq
		}
	}
	return 0
}
