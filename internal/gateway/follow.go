package gateway

import (
	"strings"
	"time"

	"duijie/internal/queue"
)

// mayFollow tells until when an upward message waits, because one that was accepted
// before it may be of its case and nobody can tell yet. A local system that took a
// delegation may speak of the case before its acknowledgement has brought the local
// id: by that id, which is a lane of its own until then, and by the national one,
// which would overtake it. What is itself early waits by the case's own rule, and
// what opens a case waits for nothing.
func (g *Gateway) mayFollow(u *UnitSpec, d queue.Delivery, e *queue.CaseEvent, now time.Time) (time.Time, bool) {
	if e == nil || d.Direction != queue.ToNational || d.Opens || u.Pack == nil || !strings.HasPrefix(d.Lane, "n:") ||
		d.Case == nil || d.Case.Local != "" || early(d.Case, *e) {
		return time.Time{}, false
	}
	end := d.AcceptedAt.Add(u.Pack.OrderWait)
	if !now.Before(end) {
		return time.Time{}, false
	}
	delegated, open := g.delegationOpen(d)
	if !open || !g.unknownBetween(d.Unit, delegated, d.Seq) {
		return time.Time{}, false
	}
	return earliest(end, now.Add(recheckID)), true
}

// delegationOpen is the place of the case's delegation that was sent and is not
// acknowledged: it may bring the local id.
func (g *Gateway) delegationOpen(d queue.Delivery) (seq uint64, open bool) {
	timeline, err := g.store.Timeline(d.Unit, d.Lane)
	if err != nil {
		return 0, false
	}
	for _, o := range timeline {
		if o.Direction == queue.ToLocal && o.Type == "case.delegated" && o.Tried > 0 && !o.State.Final() {
			return o.Seq, true
		}
	}
	return 0, false
}

// unknownBetween tells whether an upward message that was accepted between two others
// stands under a local id that nobody knows: not one that its own case.registered is
// to bring.
func (g *Gateway) unknownBetween(unit string, after, before uint64) bool {
	own := map[string]bool{} // lanes that are known not to be meant
	f := queue.Filter{Units: []string{unit}, Direction: queue.ToNational, Oldest: true, Limit: 500}
	for _, f.State = range []queue.State{queue.Queued, queue.Held} {
		for f.After = after; f.After < before; {
			ds, next, err := g.store.List(f)
			if err != nil {
				return false
			}
			for _, o := range ds {
				if o.Seq >= before || !o.InLane() || !strings.HasPrefix(o.Lane, "l:") || own[o.Lane] {
					continue
				}
				if own[o.Lane] = o.Type == "case.registered" || g.registeredUnanswered(unit, o); !own[o.Lane] {
					return true
				}
			}
			if next == 0 {
				break
			}
			f.After = next
		}
	}
	return false
}
