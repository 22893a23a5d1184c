package rules_test

import (
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/rules"
)

func delivery(seq uint64, receipt, lane string) *queue.Delivery {
	return &queue.Delivery{Message: queue.Message{Seq: seq, Receipt: receipt, Unit: "510000", Direction: queue.ToLocal, Lane: lane}}
}

func TestLaneIsReservedOnce(t *testing.T) {
	l := rules.NewLeases(time.Now)
	a := delivery(1, "a", "n:A")
	if l.Take(a, time.Minute) == 0 || l.Take(delivery(2, "b", "n:A"), time.Minute) != 0 || l.Take(delivery(3, "c", "n:B"), time.Minute) == 0 {
		t.Fatal("not one of each lane")
	}
	l.Void("a")
	if l.Busy(a.LaneID()) || l.Take(delivery(2, "b", "n:A"), time.Minute) == 0 {
		t.Error("the lane is not free")
	}
}

func TestMovedReservationKeepsBothLanesRight(t *testing.T) {
	l := rules.NewLeases(time.Now)
	a, b := delivery(1, "a", "l:1"), delivery(2, "b", "n:A")
	l.Take(a, time.Minute)
	l.Take(b, time.Minute)
	l.Move("a", b.LaneID())
	l.Move("none", b.LaneID())
	if l.Busy(a.LaneID()) {
		t.Error("the lane that joined is busy")
	}
	l.Void("b")
	if !l.Busy(b.LaneID()) {
		t.Error("the joined lane is free while one is under way")
	}
	l.Void("a")
	if l.Busy(b.LaneID()) {
		t.Error("the joined lane stays busy")
	}
}

func TestExpiredBegunStaysBusyUntilWrittenDown(t *testing.T) {
	now := time.Now()
	l := rules.NewLeases(func() time.Time { return now })
	a, b := delivery(1, "a", "n:A"), delivery(2, "b", "n:B")
	ta := l.Take(a, time.Minute)
	l.Take(b, time.Minute)
	l.Begun("a")
	now = now.Add(time.Minute)
	if begun := l.Expired(); len(begun) != 1 || begun[0] != 1 {
		t.Fatalf("expired: %v", begun)
	}
	if !l.Busy(a.LaneID()) || l.Busy(b.LaneID()) {
		t.Error("the begun one is free, or the claimed one is not")
	}
	if _, ok := l.Check("a", ta); ok || l.Renew("a", ta, time.Minute) || !l.Lost("a") {
		t.Error("an ended lease is good")
	}
}

func TestTokenOfAnEarlierProcessNeverFits(t *testing.T) {
	first := rules.NewLeases(time.Now).Take(delivery(1, "a", "n:A"), time.Minute)
	second := rules.NewLeases(time.Now)
	second.Take(delivery(1, "a", "n:A"), time.Minute)
	if _, ok := second.Check("a", first); ok {
		t.Error("it fits")
	}
}

func TestKeyIsComputed(t *testing.T) {
	// openssl dgst -sm3 of the three lines, the last without its end
	if got, want := rules.Key("510000", "urn:national:mohrss", "m1"), "e068f3d02c166fe1d932b52f40625eca"; got != want {
		t.Errorf("key %q, want %q", got, want)
	}
}
