package bolt_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
	"duijie/internal/queue/memory"

	"github.com/fxamacker/cbor/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// TestModel plays random commands, with crashes among them, on the file and on
// the model, and expects the same answers and the same state from both.
func TestModel(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newModel(t, r)
		defer m.end()
		r.Repeat(map[string]func(*rapid.T){
			"put": m.put, "claim": m.claim, "begin": m.begin, "settle": m.settle, "release": m.release,
			"act": m.act, "bind": m.bind, "pass": m.pass, "crash": m.crash, "purge": m.purge, "renew": m.renew,
			"": m.check,
		})
	})
}

type store interface {
	queue.Store
	PurgeLog(ctx context.Context, before time.Time) (int, error)
}

// model is both stores under one clock.
type model struct {
	t        *rapid.T
	encode   cbor.EncMode
	tb       *testing.T
	dir      string
	now      time.Time
	file     *bolt.Store
	memory   *memory.Store
	options  bolt.Options
	receipts []string
	ids      []queue.NewMessage
	claims   []claim
	final    map[string]queue.State
	minted   int
}

// claim is one delivery claimed in both stores.
type claim struct {
	d      queue.Delivery
	tokens [2]uint64
}

var (
	ctx     = context.Background()
	targets = []queue.Target{{Unit: "510000", Direction: queue.ToLocal}, {Unit: "510000", Direction: queue.ToNational}, {Unit: "320000", Direction: queue.ToLocal}}
	lanes   = []string{"n:A", "n:B", "n:C", "l:1", "l:2", "s:X"}
)

func newModel(t *testing.T, r *rapid.T) *model {
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	m := &model{t: r, tb: t, dir: dir, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), final: map[string]queue.State{}}
	encode, err := cbor.EncOptions{Sort: cbor.SortCanonical, Time: cbor.TimeRFC3339NanoUTC, NilContainers: cbor.NilContainerAsEmpty}.EncMode()
	if err != nil {
		t.Fatal(err)
	}
	m.encode = encode
	clock := func() time.Time { return m.now }
	m.options = bolt.Options{Path: filepath.Join(dir, "store.db"), Now: clock, Mono: clock, Judge: judge, NoSync: true}
	m.memory = memory.Open(memory.Options{Now: clock, Mono: clock, Judge: judge})
	m.reopen(t)
	return m
}

func (m *model) reopen(t *testing.T) {
	s, err := bolt.Open(m.options)
	if err != nil {
		t.Fatal(err)
	}
	m.file = s
}

func (m *model) close(t *testing.T) {
	if err := m.file.Verify(); err != nil {
		t.Errorf("the store's indexes: %v", err)
	}
	if err := m.file.Close(); err != nil {
		t.Error(err)
	}
}

// end leaves no file behind: there are thousands of checks in a long run.
func (m *model) end() {
	m.close(m.tb)
	if err := os.RemoveAll(m.dir); err != nil {
		m.tb.Error(err)
	}
}

func (m *model) both() []store { return []store{m.file, m.memory} }

// judge moves a small case: acceptance opens it, contradiction is held.
func judge(c *queue.Case, e queue.CaseEvent) (*queue.Case, queue.Verdict) {
	switch {
	case c == nil && e.Type == "none":
		return nil, queue.Verdict{}
	case c == nil:
		return &queue.Case{State: "delegated", StateTime: e.Time, Times: map[string]time.Time{e.Type: e.Time}}, queue.Verdict{Marks: []string{"unseen"}}
	case e.Type == "reject" && c.State == "accepted":
		return c, queue.Verdict{Hold: &queue.Reason{Code: "contradiction"}}
	case e.Type == "accept":
		c.State, c.StateTime = "accepted", e.Time
		return c, queue.Verdict{Wake: true}
	case e.Type == "progress" && c.State == "delegated" && e.OrderWaitUntil.After(e.Now):
		return c, queue.Verdict{WaitUntil: e.OrderWaitUntil}
	}
	c.Times[e.Type] = e.Time
	return c, queue.Verdict{Marks: []string{"late"}}
}

func (m *model) put(r *rapid.T) {
	var ms []queue.NewMessage
	for range rapid.IntRange(1, 3).Draw(r, "messages") {
		ms = append(ms, m.message(r))
	}
	same(m, func(s store, _ int) any {
		res, err := s.Put(ctx, slices.Clone(ms))
		return []any{res, err}
	})
	for _, x := range ms {
		if _, err := m.memory.Get(x.Receipt); err == nil && !slices.Contains(m.receipts, x.Receipt) {
			m.receipts = append(m.receipts, x.Receipt)
			m.ids = append(m.ids, x)
		}
	}
}

// materials are what messages name.
var materials = []string{strings.Repeat("ab", 32), strings.Repeat("cd", 32)}

func (m *model) message(r *rapid.T) queue.NewMessage {
	n := len(m.receipts)
	m.minted++ // receipts are UUIDs: never the same twice
	receipt := fmt.Sprintf("r%d-%d", m.minted, rapid.IntRange(0, 1<<40).Draw(r, "receipt"))
	if n > 0 && rapid.IntRange(0, 4).Draw(r, "again") == 0 {
		x := rapid.SampledFrom(m.ids).Draw(r, "which")
		x.Receipt, x.Lane, x.Pairs, x.Event = receipt, rapid.SampledFrom(lanes).Draw(r, "lane"), nil, nil
		x.Reissue = queue.Reissue(rapid.IntRange(0, 2).Draw(r, "reissue"))
		x.Digest[0] ^= byte(rapid.IntRange(0, 2).Draw(r, "content"))
		return x
	}
	target := rapid.SampledFrom(targets).Draw(r, "target")
	x := queue.NewMessage{Message: queue.Message{
		Receipt: receipt, Key: "k" + receipt, ID: "m" + receipt, Source: "urn:x", Unit: target.Unit, Direction: target.Direction,
		Type: rapid.SampledFrom([]string{"case.delegated", "accept", "progress"}).Draw(r, "type"), Time: m.now,
		Lane: rapid.SampledFrom(lanes).Draw(r, "lane"), Urgent: rapid.Bool().Draw(r, "urgent"), Opens: rapid.Bool().Draw(r, "opens"),
		Payload: []byte(receipt), Digest: sha256.Sum256([]byte(receipt)),
	}, Pairs: pairs(r)}
	if x.Lane[0] == 'n' {
		x.Subject = x.Lane[2:]
	}
	if rapid.IntRange(0, 5).Draw(r, "hold") == 0 {
		x.Hold = &queue.Reason{Code: "unreadable"}
	}
	if rapid.IntRange(0, 5).Draw(r, "later") == 0 {
		x.DueAt = m.now.Add(time.Minute)
	}
	if target.Direction == queue.ToLocal {
		x.Event = m.event(r)
	}
	if rapid.IntRange(0, 2).Draw(r, "names") == 0 {
		x.Materials = materials[:rapid.IntRange(1, 2).Draw(r, "materials")]
	}
	return x
}

func (m *model) event(r *rapid.T) *queue.CaseEvent {
	if rapid.IntRange(0, 3).Draw(r, "no event") == 0 {
		return nil
	}
	return &queue.CaseEvent{Type: rapid.SampledFrom([]string{"accept", "reject", "progress", "none"}).Draw(r, "event"), Time: m.now, OrderWaitUntil: m.now.Add(10 * time.Minute)}
}

func pairs(r *rapid.T) []queue.Pair {
	switch rapid.IntRange(0, 9).Draw(r, "pairs") {
	case 0:
		return []queue.Pair{{Kind: "case", National: rapid.SampledFrom([]string{"A", "B", "C"}).Draw(r, "national"), Local: rapid.SampledFrom([]string{"1", "2", "3"}).Draw(r, "local")}}
	case 1:
		return []queue.Pair{{Kind: "court", National: rapid.SampledFrom([]string{"A", "B"}).Draw(r, "national"), Local: rapid.SampledFrom([]string{"C1", "C2"}).Draw(r, "court")}}
	case 2:
		return []queue.Pair{{Kind: "org", National: "O1", Local: "7"}}
	}
	return nil
}

func (m *model) claim(r *rapid.T) {
	want := map[queue.Target]int{}
	for _, t := range targets {
		want[t] = rapid.IntRange(0, 3).Draw(r, "want")
	}
	var got [2][]queue.Delivery
	same(m, func(s store, i int) any {
		ds, err := s.Claim(ctx, want, time.Minute)
		got[i] = ds
		return []any{blank(ds), err}
	})
	for i, d := range got[1] {
		for _, c := range m.claims {
			if c.d.Receipt == d.Receipt {
				continue
			}
			if now, err := m.memory.Get(c.d.Receipt); err == nil && now.State == queue.Sending && now.LaneID() == d.LaneID() {
				m.t.Fatalf("claimed %s while %s of its lane is under way", d.Receipt, c.d.Receipt)
			}
		}
		m.claims = append(m.claims, claim{d, [2]uint64{got[0][i].Lease, d.Lease}})
	}
}

func (m *model) begin(r *rapid.T) {
	c, ok := m.pick(r)
	if !ok {
		return
	}
	start := queue.Start{Receipt: c.d.Receipt, At: m.now, Document: []byte("doc" + c.d.Receipt), PackVersion: "p", DocDigest: "d", Pairs: pairs(r),
		Repeat: c.d.Frozen != nil}
	if !start.Repeat && rapid.Bool().Draw(r, "remembers") {
		start.Remember = []byte("left out of " + c.d.Receipt)
	}
	if c.d.Direction == queue.ToNational {
		start.Event = m.event(r)
	}
	same(m, func(s store, i int) any {
		start.Lease = c.tokens[i]
		st, err := s.Begin(ctx, []queue.Start{start})
		return []any{st, err}
	})
}

func (m *model) settle(r *rapid.T) {
	c, ok := m.pick(r)
	if !ok {
		return
	}
	o := queue.Settlement{Receipt: c.d.Receipt, At: m.now, Failures: 1, Pairs: pairs(r),
		State: rapid.SampledFrom([]queue.State{queue.Queued, queue.Awaiting, queue.Held, queue.Acked}).Draw(r, "state")}
	if rapid.Bool().Draw(r, "tried") {
		o.Attempt = &queue.Attempt{Outcome: rapid.SampledFrom([]string{"unknown", "transient", "acknowledged"}).Draw(r, "outcome"), Detail: "详", Probe: rapid.Bool().Draw(r, "probe")}
	}
	o.Unknown = rapid.Bool().Draw(r, "unknown")
	switch o.State {
	case queue.Queued:
		o.DueAt = m.now.Add(time.Duration(rapid.IntRange(0, 3).Draw(r, "due")) * time.Minute)
	case queue.Awaiting:
		o.AwaitRef, o.AwaitUntil = "ref"+c.d.Receipt, m.now.Add(time.Minute)
	case queue.Held:
		o.Reason = &queue.Reason{Code: rapid.SampledFrom([]string{"refused", "xref-unknown", "contested", "material-missing"}).Draw(r, "reason")}
	}
	if o.State == queue.Queued || o.State == queue.Held {
		if rapid.Bool().Draw(r, "waits") {
			o.WaitFor = []string{rapid.SampledFrom([]string{"case|local|1", "case|national|A", "org|local|7"}).Draw(r, "for")}
		}
		if rapid.Bool().Draw(r, "lacks") {
			o.Missing = materials[:rapid.IntRange(1, 2).Draw(r, "missing")]
		}
	} else if rapid.Bool().Draw(r, "teach") {
		o.TeachLocal, o.LocalRef = true, rapid.SampledFrom([]string{"", "1", "2", "3"}).Draw(r, "localRef")
	}
	same(m, func(s store, i int) any {
		o.Lease = c.tokens[i]
		st, err := s.Settle(ctx, []queue.Settlement{o})
		return []any{st, err}
	})
}

func (m *model) release(r *rapid.T) {
	if c, ok := m.pick(r); ok {
		same(m, func(s store, i int) any {
			s.Release(map[string]uint64{c.d.Receipt: c.tokens[i]})
			return nil
		})
	}
}

func (m *model) renew(r *rapid.T) {
	if c, ok := m.pick(r); ok {
		same(m, func(s store, i int) any { return s.Renew(c.d.Receipt, c.tokens[i], time.Minute) })
	}
}

func (m *model) pick(r *rapid.T) (claim, bool) {
	if len(m.claims) == 0 {
		return claim{}, false
	}
	return rapid.SampledFrom(m.claims[max(0, len(m.claims)-8):]).Draw(r, "claim"), true
}

func (m *model) act(r *rapid.T) {
	if len(m.receipts) == 0 {
		return
	}
	a := queue.Act{
		Receipt: rapid.SampledFrom(m.receipts).Draw(r, "receipt"), At: m.now,
		Verb: rapid.SampledFrom([]queue.Verb{queue.RetryNow, queue.Cancel, queue.Ack, queue.Skip, queue.Resend, queue.Late, queue.Notify,
			queue.Requeue, queue.Hold, queue.Extend, queue.Supply}).Draw(r, "verb"),
		Material: rapid.SampledFrom(materials).Draw(r, "material"),
		LocalRef: rapid.SampledFrom([]string{"", "1", "2"}).Draw(r, "localRef"), Refused: rapid.Bool().Draw(r, "refused"),
		WithLane: rapid.Bool().Draw(r, "lane"), AwaitUntil: m.now.Add(time.Hour),
		NewReceipt: fmt.Sprintf("again%d-%d", len(m.receipts), rapid.IntRange(0, 1<<40).Draw(r, "receipt")),
	}
	if a.Verb == queue.Late {
		a.Attempt = &queue.Attempt{Outcome: "acknowledged", At: m.now}
	}
	same(m, func(s store, _ int) any {
		x, err := s.Act(ctx, []queue.Act{a})
		return []any{x, err}
	})
	if _, err := m.memory.Get(a.NewReceipt); err == nil {
		m.receipts = append(m.receipts, a.NewReceipt)
		x, _ := m.memory.Get(a.NewReceipt)
		m.ids = append(m.ids, queue.NewMessage{Message: x.Message})
	}
}

func (m *model) bind(r *rapid.T) {
	national := rapid.SampledFrom([]string{"A", "B", "C"}).Draw(r, "national")
	local := rapid.SampledFrom([]string{"", "1", "2"}).Draw(r, "local")
	court := rapid.SampledFrom([]string{"", "C1"}).Draw(r, "court")
	retire := rapid.Bool().Draw(r, "retire")
	same(m, func(s store, _ int) any {
		if retire {
			return s.Retire(ctx, "510000", national, local, court, m.now)
		}
		return s.Bind(ctx, "510000", national, local, court, m.now)
	})
}

func (m *model) pass(r *rapid.T) {
	m.now = m.now.Add(time.Duration(rapid.IntRange(1, 90).Draw(r, "seconds")) * time.Second)
}

func (m *model) crash(r *rapid.T) {
	if rapid.IntRange(0, 2).Draw(r, "less often") > 0 {
		return
	}
	clean := rapid.Bool().Draw(r, "clean")
	path := m.options.Path
	if !clean {
		m.options.Path = copyFile(m.tb, m.dir, path, m.file.Size())
	}
	m.close(m.tb)
	if !clean {
		if err := os.Remove(path); err != nil {
			m.tb.Error(err)
		}
	}
	m.memory.Crash()
	m.reopen(m.tb)
}

func (m *model) purge(r *rapid.T) {
	if rapid.IntRange(0, 4).Draw(r, "less often") > 0 {
		return
	}
	before := m.now.Add(-10 * time.Minute)
	same(m, func(s store, _ int) any {
		n, err := s.PurgeLog(ctx, before)
		return []any{n, err}
	})
	m.receipts = slices.DeleteFunc(m.receipts, func(receipt string) bool {
		_, err := m.memory.Get(receipt)
		return err != nil
	})
	for receipt := range m.final {
		if !slices.Contains(m.receipts, receipt) {
			delete(m.final, receipt)
		}
	}
}

// check compares all that can be read, and that what is final stays so.
func (m *model) check(*rapid.T) {
	sameReads(m, func(s store, _ int) any {
		all, next, err := s.List(queue.Filter{Limit: 1000})
		return []any{blank(all), next, err == nil}
	})
	sameReads(m, func(s store, _ int) any {
		held, _, _ := s.List(queue.Filter{State: queue.Held, Oldest: true})
		down, _, _ := s.List(queue.Filter{Units: []string{"510000"}, Direction: queue.ToLocal, Limit: 3})
		caseA, _, _ := s.List(queue.Filter{Subject: "A"})
		found, _, _ := s.List(queue.Filter{Query: "1"})
		return [][]queue.Delivery{blank(held), blank(down), blank(caseA), blank(found), blank(s.HeldSince(m.now, 100)), blank(s.AwaitDue(m.now, queue.Due{}, 100))}
	})
	sameReads(m, func(s store, _ int) any {
		out := []any{s.Counts(), s.NextDue(targets)}
		for _, t := range targets {
			out = append(out, s.Open(t), s.Oldest(t))
		}
		for _, id := range []string{"A", "B", "C", "1", "2", "3", "C1", "C2"} {
			c, ok := s.CaseOf("510000", id)
			for _, t := range targets {
				out = append(out, string(s.Remembered(queue.Memory{Unit: t.Unit, Type: "case.delegated", Subject: id, Direction: t.Direction})))
			}
			n, _ := s.National("510000", "case", "", id)
			l, _ := s.Local("510000", "case", "", id)
			out = append(out, c, ok, n, l)
		}
		for _, digest := range materials {
			var who []queue.Delivery
			if err := s.Naming(digest, func(d queue.Delivery) bool { who = append(who, d); return true }); err != nil {
				m.t.Fatal(err)
			}
			out = append(out, blank(who))
		}
		return out
	})
	for _, receipt := range m.receipts {
		d, err := m.memory.Get(receipt)
		if err != nil {
			m.t.Fatalf("%s is lost: %v", receipt, err)
		}
		if was, ok := m.final[receipt]; ok && was != d.State {
			m.t.Fatalf("%s was %s and is %s", receipt, was, d.State)
		}
		if d.State.Final() {
			m.final[receipt] = d.State
		}
	}
}

func blank(ds []queue.Delivery) []queue.Delivery {
	out := slices.Clone(ds)
	for i := range out {
		out[i].Lease = 0
	}
	return out
}

// same does it in both stores and expects equal answers.
func same(m *model, do func(s store, i int) any) {
	m.t.Helper()
	var got [2]any
	for i, s := range m.both() {
		got[i] = do(s, i)
	}
	if diff := cmp.Diff(got[0], got[1], cmpopts.EquateEmpty(), cmp.Comparer(sameError)); diff != "" {
		m.t.Fatalf("file (-) and model (+) differ:\n%s", diff)
	}
}

// sameReads is same for answers without errors: most often equal, and then cheap.
func sameReads(m *model, read func(s store, i int) any) {
	m.t.Helper()
	var got [2]string
	for i, s := range m.both() {
		b, err := m.encode.Marshal(read(s, i))
		if err != nil {
			m.t.Fatal(err)
		}
		got[i] = string(b)
	}
	if got[0] != got[1] {
		same(m, read)
		m.t.Fatal("file and model differ, but not to cmp")
	}
}

func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == b
	}
	for _, e := range []error{queue.ErrIDReused, queue.ErrTooOld, queue.ErrLeaseLost, queue.ErrNotFound, queue.ErrState} {
		if errors.Is(a, e) || errors.Is(b, e) {
			return errors.Is(a, e) && errors.Is(b, e)
		}
	}
	return a.Error() == b.Error()
}
