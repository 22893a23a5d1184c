package gateway

import (
	"time"

	"duijie/adapter"
	"duijie/internal/queue"
)

// policy is what decides beside the outcome itself.
type policy struct {
	Retry       queue.Retry
	HasProbe    bool
	HoldUnknown bool          // onUnknown: hold, where the route has no probe
	AckTimeout  time.Duration // 0: waits for ever
	TroubleWait time.Duration // breaker.open
	Repeats     bool          // what is not confirmed in time goes again, byte for byte
}

// maxRetryAfter bounds what a peer may ask for.
const maxRetryAfter = time.Hour

// next is the decision, without effects: what becomes of a delivery whose attempt
// ended with ack (f nil) or with f at now; u in [0,1) is the jitter.
func next(d queue.Delivery, ack adapter.Ack, f *adapter.Failure, p policy, now time.Time, u float64) queue.Settlement {
	s := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now}
	if f == nil {
		if ack.Mark != "" {
			s.Marks = append(s.Marks, ack.Mark)
		}
		s.LocalRef = ack.LocalRef
		if ack.Await != "" {
			s.State, s.AwaitRef = queue.Awaiting, ack.Await
			if p.AckTimeout > 0 {
				s.AwaitUntil = now.Add(p.AckTimeout)
			}
			s.Unknown = p.Repeats // whether the answer that carried it was heard
			return s
		}
		s.State = queue.Acked
		return s
	}
	s.State = queue.Queued
	switch f.Outcome {
	case adapter.Refused:
		s.State = queue.Held
		s.Reason = &queue.Reason{Code: holdReason(f), Detail: holdDetail(f)}
	case adapter.UnitTrouble:
		// The message is not at fault: it waits, its failures are not counted.
		// Three unreadable answers running are trouble, yet may have been taken.
		s.Failures = d.Failures
		s.Unknown = d.Unknown || f.Cause == "unreadable"
		s.DueAt = now.Add(p.TroubleWait)
	case adapter.UnknownTaken:
		s.Failures = d.Failures + 1
		s.Unknown = true
		if p.HoldUnknown && !p.HasProbe {
			s.State = queue.Held
			s.Reason = &queue.Reason{Code: "unknown", Detail: "nobody can tell whether the receiver has it"}
			return s
		}
		s.DueAt = now.Add(delay(s.Failures, f, p.Retry, u))
	default:
		// Provably not taken this time; an earlier attempt may have been.
		s.Failures = d.Failures + 1
		s.Unknown = d.Unknown
		s.DueAt = now.Add(delay(s.Failures, f, p.Retry, u))
	}
	return s
}

// delay is the schedule's, replaced by a rule's own, bounded below by Retry-After.
func delay(failures int, f *adapter.Failure, r queue.Retry, u float64) time.Duration {
	after := min(f.After, maxRetryAfter)
	if f.Exact {
		return f.After
	}
	return max(r.Delay(failures, u), after)
}

func holdReason(f *adapter.Failure) string {
	if f.HoldReason != "" {
		return f.HoldReason
	}
	return "refused"
}

// holdDetail is words of ours: the rule's code or the status, never the peer's text.
func holdDetail(f *adapter.Failure) string {
	switch {
	case f.Status != 0 && f.Code != "" && f.Code != "status":
		return "refused by the receiver: code " + f.Code + ", status " + itoa(f.Status)
	case f.Status != 0:
		return "refused by the receiver: status " + itoa(f.Status)
	case f.Code != "":
		return "refused: " + f.Code
	}
	return "refused by the receiver"
}

// attemptOf is the record of an attempt that began at began and ended at now.
func attemptOf(ack adapter.Ack, f *adapter.Failure, began, now time.Time) *queue.Attempt {
	a := &queue.Attempt{At: began, Took: now.Sub(began)}
	if f == nil {
		a.Outcome, a.Status, a.Code = string(adapter.Acknowledged), ack.Status, ack.Code
		if ack.Await != "" {
			a.Outcome = string(adapter.Awaiting)
		}
		return a
	}
	a.Outcome, a.Status, a.Code, a.Detail = string(f.Outcome), f.Status, f.Code, f.Detail
	return a
}
