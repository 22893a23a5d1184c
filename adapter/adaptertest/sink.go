package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
)

// Secrets are the personal data of the suites' message; no error may hold one.
var Secrets = []string{"张三", "510102199001011234", "13800138000"}

// Limits are those that a subject must be opened with.
type Limits struct {
	Timeout   time.Duration
	MaxAnswer int64
}

// Sink is a kind's sink as the suite sees it.
type Sink struct {
	// Open makes a sink that sends to a new receiver. secure asks for a receiver
	// with TLS that nobody trusts; nil, nil where the kind has none.
	Open func(t *testing.T, l Limits, secure bool) (adapter.Sink, Receiver)
	// Unreachable makes a sink whose receiver is not there; nil where that cannot be.
	Unreachable func(t *testing.T, l Limits) adapter.Sink
	// Message is one that the sink can send; its document holds the Secrets.
	Message adapter.Message
}

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// attempt delivers once and tells the outcome as the gateway would.
func attempt(ctx context.Context, s adapter.Sink, m adapter.Message) (adapter.Ack, *adapter.Failure) {
	ctx, sent := adapter.Track(ctx)
	ack, err := s.Deliver(ctx, m)
	if err == nil {
		return ack, nil
	}
	return ack, adapter.Classify(err, sent.Yes())
}

// RunSink holds a kind to the promises of adapter.Sink.
func RunSink(t *testing.T, subject Sink) {
	limits := Limits{Timeout: 20 * time.Second, MaxAnswer: 4096}
	short := Limits{Timeout: 400 * time.Millisecond, MaxAnswer: 4096} // for what only time can end
	for _, c := range []struct {
		name string
		act  Act
		want adapter.Outcome
	}{
		{"BusyIsTransient", Busy, adapter.Transient},
		{"RefusedNeedsAPerson", Refuse, adapter.Refused},
		{"ExpiredTokenHoldsNothing", Expired, adapter.UnitTrouble},
		{"RedirectIsTrouble", Redirect, adapter.UnitTrouble},
		{"TimeoutIsUnknown", Hang, adapter.UnknownTaken},
		{"HalfAnswerIsUnknown", Half, adapter.UnknownTaken},
		{"OversizedAnswerIsUnknown", Oversized, adapter.UnknownTaken},
		{"WrongCharsetIsUnknown", WrongCharset, adapter.UnknownTaken},
		{"SlowDripIsUnknown", Drip, adapter.UnknownTaken},
		{"ResetIsUnknown", Reset, adapter.UnknownTaken},
		{"LoginPage200IsNoAck", LoginPage, adapter.UnknownTaken},
		{"GatewayTimeout504IsUnknown", GatewayLate, adapter.UnknownTaken},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := limits
			if c.act == Hang || c.act == Drip {
				l = short
			}
			s, r := subject.Open(t, l, false)
			if !r.Play(c.act) {
				t.Skip("the receiver cannot play this")
			}
			began := time.Now()
			_, f := attempt(context.Background(), s, subject.Message)
			if f == nil || f.Outcome != c.want {
				t.Fatalf("outcome %+v, want %s", f, c.want)
			}
			if n := r.Requests(); n != 1 {
				t.Fatalf("one attempt made %d requests", n)
			}
			if took := time.Since(began); took > limits.Timeout {
				t.Fatalf("took %s", took)
			}
			quotesNothing(t, f)
		})
	}
	t.Run("AcknowledgedMeansTaken", func(t *testing.T) { acknowledged(t, subject, limits) })
	t.Run("OneAttemptIsOneRequest", func(t *testing.T) { oneRequest(t, subject, limits) })
	t.Run("CancelledOnceSentIsUnknown", func(t *testing.T) { cancelled(t, subject) })
	t.Run("UnreachableIsTransient", func(t *testing.T) { unreachable(t, subject, limits) })
	t.Run("UntrustedCertificateIsTrouble", func(t *testing.T) { untrusted(t, subject, limits) })
	t.Run("ErrorQuotesNoPersonalData", func(t *testing.T) { gossip(t, subject, limits) })
	t.Run("ManyAtOnce", func(t *testing.T) { many(t, subject) })
}

func acknowledged(t *testing.T, subject Sink, l Limits) {
	s, r := subject.Open(t, l, false)
	if _, f := attempt(context.Background(), s, subject.Message); f != nil {
		t.Fatalf("%+v", f)
	}
	if r.Requests() != 1 {
		t.Fatal("acknowledged, but nothing arrived")
	}
}

// oneRequest resets a connection that was used before, which is when a library
// is tempted to repeat by itself.
func oneRequest(t *testing.T, subject Sink, l Limits) {
	s, r := subject.Open(t, l, false)
	for range 3 {
		if _, f := attempt(context.Background(), s, subject.Message); f != nil {
			t.Fatalf("%+v", f)
		}
	}
	if !r.Play(Reset) {
		t.Skip("the receiver cannot play this")
	}
	_, f := attempt(context.Background(), s, subject.Message)
	if f == nil || f.Outcome != adapter.UnknownTaken {
		t.Fatalf("%+v", f)
	}
	if n := r.Requests(); n != 4 {
		t.Fatalf("4 attempts made %d requests", n)
	}
}

func cancelled(t *testing.T, subject Sink) {
	s, r := subject.Open(t, Limits{Timeout: time.Minute, MaxAnswer: 4096}, false)
	if !r.Play(Hang) {
		t.Skip("the receiver cannot play this")
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		for r.Requests() == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	_, f := attempt(ctx, s, subject.Message)
	if f == nil || f.Outcome != adapter.UnknownTaken {
		t.Fatalf("%+v", f)
	}
	if _, f = attempt(ctx, s, subject.Message); f == nil || f.Outcome != adapter.Transient {
		t.Fatalf("cancelled before the first byte: %+v", f)
	}
}

func unreachable(t *testing.T, subject Sink, l Limits) {
	if subject.Unreachable == nil {
		t.Skip("cannot be")
	}
	_, f := attempt(context.Background(), subject.Unreachable(t, l), subject.Message)
	if f == nil || f.Outcome != adapter.Transient || f.Code != "network" {
		t.Fatalf("%+v", f)
	}
	quotesNothing(t, f)
}

func untrusted(t *testing.T, subject Sink, l Limits) {
	s, r := subject.Open(t, l, true)
	if s == nil {
		t.Skip("the kind has no TLS")
	}
	_, f := attempt(context.Background(), s, subject.Message)
	if f == nil || f.Outcome != adapter.UnitTrouble || f.Cause != "tls" || r.Requests() != 0 {
		t.Fatalf("%+v", f)
	}
}

func gossip(t *testing.T, subject Sink, l Limits) {
	s, r := subject.Open(t, l, false)
	if !r.Play(Gossip) {
		t.Skip("the receiver cannot play this")
	}
	_, f := attempt(context.Background(), s, subject.Message)
	if f == nil {
		t.Fatal("acknowledged")
	}
	quotesNothing(t, f)
}

func many(t *testing.T, subject Sink) {
	s, r := subject.Open(t, Limits{Timeout: 10 * time.Second, MaxAnswer: 4096}, false)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for i := range 16 {
		wg.Go(func() {
			m := subject.Message
			m.Key = fmt.Sprintf("%032x", i)
			if _, f := attempt(context.Background(), s, m); f != nil {
				mu.Lock()
				errs = append(errs, f)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil || r.Requests() != 16 {
		t.Fatalf("%d requests, %v", r.Requests(), err)
	}
}

// quotesNothing checks all that may reach a log, an answer or a metric. Detail
// is payload and may hold anything.
func quotesNothing(t *testing.T, f *adapter.Failure) {
	t.Helper()
	all := f.Error() + f.Code + f.Cause + f.HoldReason
	if f.Err != nil {
		all += fmt.Sprintf("%v %+v", f.Err, f.Err)
	}
	for _, s := range Secrets {
		if strings.Contains(all, s) {
			t.Fatalf("quotes personal data: %s", all)
		}
	}
}
