package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"duijie/adapter"
	"duijie/internal/event"
	"duijie/internal/pack"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/internal/queue/memory"
	"duijie/schemas"
)

// scripted is a receiver that answers as told and remembers what it was sent.
type scripted struct {
	mu      sync.Mutex
	sent    []adapter.Message
	asked   []string // keys that were probed for
	answer  func(n int, m adapter.Message) (adapter.Ack, error)
	found   func(m adapter.Message) (adapter.Ack, bool, error)
	settle  time.Duration
	onHold  bool
	timeout time.Duration // ackTimeout
}

func (s *scripted) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	adapter.SentOf(ctx).Mark()
	s.mu.Lock()
	s.sent = append(s.sent, m)
	n, answer := len(s.sent), s.answer
	s.mu.Unlock()
	if answer == nil {
		return adapter.Ack{LocalRef: "L-" + m.Subject}, nil
	}
	return answer(n, m)
}

func (s *scripted) RouteInfo(string) (adapter.RouteInfo, bool) {
	info := adapter.RouteInfo{OnUnknown: "retry", AckTimeout: s.timeout}
	if s.onHold {
		info.OnUnknown = "hold"
	}
	return info, true
}

func (s *scripted) CanProbe(string) bool        { return s.found != nil }
func (s *scripted) Settle(string) time.Duration { return s.settle }

func (s *scripted) Probe(_ context.Context, m adapter.Message) (adapter.Ack, bool, error) {
	s.mu.Lock()
	s.asked = append(s.asked, m.Key)
	found := s.found
	s.mu.Unlock()
	return found(m)
}

// deliveries are what was sent, by type, in order.
func (s *scripted) deliveries() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, m := range s.sent {
		out = append(out, m.Type+" "+m.Subject)
	}
	return out
}

func (s *scripted) message(i int) adapter.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent[i]
}

func (s *scripted) count() (sent, asked int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sent), len(s.asked)
}

// rig is a gateway on a memory store between a scripted local system and a
// scripted platform, inside a synctest bubble.
type rig struct {
	*testing.T
	store    *memory.Store
	local    *scripted
	national *scripted
	gw       *Gateway
	stop     func()
	options  func(*Options)
	pack     func(fstest.MapFS)
}

const unit = "990000"

// bubble runs a test in synthetic time.
func bubble(t *testing.T, play func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{T: t, local: &scripted{}, national: &scripted{}}
		r.store = memory.Open(memory.Options{Now: time.Now, Judge: JudgeCase, Key: event.Key})
		t.Cleanup(func() {
			if r.stop != nil {
				r.stop()
			}
		})
		play(r)
	})
}

// start moves a gateway; stop ends it and waits.
func (r *rig) start() {
	r.Helper()
	v, err := schemas.New()
	if err != nil {
		r.Fatal(err)
	}
	o := Options{Store: r.store, Validator: v, Setup: r.setup(), Grace: time.Second, NotifyHeld: 4 * time.Hour,
		National: NationalSpec{Source: "urn:duijie:gateway:990000", Sink: r.national, Retry: testRetry},
		Rand:     func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler)}
	if r.options != nil {
		r.options(&o)
	}
	if r.gw, err = New(o); err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	gw := r.gw
	go func() { ended <- gw.Run(ctx) }()
	r.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			r.Error(err)
		}
		r.stop = nil
	}
	synctest.Wait()
}

func (r *rig) setup() Setup {
	r.Helper()
	files := testPack()
	if r.pack != nil {
		r.pack(files)
	}
	p, findings := pack.Load("outside", files, anyKind)
	if p == nil || pack.Failed(findings) {
		for _, f := range findings {
			if f.Severity == "error" {
				r.Errorf("%s:%d:%d: %s: %s nat %s loc %s", f.File, f.Line, f.Col, f.Code, f.Message, f.Nat, f.Loc)
			}
		}
		r.Fatal("the test's pack does not compile")
	}
	return Setup{
		Units:   []UnitSpec{{Code: unit, Name: "outside", Pack: p, Mode: docked, Sink: r.local}},
		Senders: []SenderSpec{{Source: "urn:platform", Units: []string{"*"}}},
	}
}

// anyKind takes any settings: the ends are scripted.
func anyKind(name string) (adapter.Kind, bool) {
	return adapter.Kind{Name: name,
		Sink:   func(adapter.Settings, adapter.Deps) (adapter.Sink, error) { return nil, nil },
		Source: func(adapter.Settings, adapter.Deps) (adapter.Source, error) { return nil, nil }}, true
}

// testPack is an invented province with one shape for every downward type.
func testPack() fstest.MapFS {
	files := fstest.MapFS{}
	put := func(name, text string) { files[name] = &fstest.MapFile{Data: []byte(text)} }
	put("pack.yaml", `unit: "990000"
name: outside (invented)
profile: v1
codec: {format: json, charset: UTF-8}
sink: {kind: http, routes: {"*": {path: /x}}}
source: {kind: push, endpoints: {progress: {type: case.progress}}}
urgent: [case.withdrawn]
limits: {concurrency: 4, timeout: 15s}
`)
	for typ, at := range map[string]string{"case.delegated": "delegatedAt", "case.withdrawn": "withdrawnAt", "case.docketed": "at", "case.materials.requested": "at"} {
		put("mappings/"+typ+".yaml", fmt.Sprintf("mapping: %s\nlocal: step\ndirection: to-local\nrules:\n  - {nat: caseNo, loc: anhao}\n  - {nat: %s, loc: shijian}\n  - {nat: \"*\", drop: to-local, why: test}\n", typ, at))
	}
	put("schemas/step.json", `{"type":"object","required":["anhao","shijian"],"properties":{"anhao":{"type":"string"},"shijian":{"type":"string"}},"additionalProperties":false}`)
	put("mappings/case.progress.yaml", "mapping: case.progress\nlocal: jinzhan\nrules:\n  - {nat: caseNo, loc: ajh, xref: case}\n  - {nat: kind, loc: lb}\n  - {nat: at, loc: sj}\n")
	put("mappings/case.accepted.yaml", "mapping: case.accepted\nlocal: shouli\nrules:\n  - {nat: caseNo, loc: ajh, xref: case}\n  - {nat: acceptedAt, loc: sj}\n  - {nat: org.name, loc: zz}\n")
	put("schemas/jinzhan.json", `{"type":"object","required":["ajh","lb","sj"],"properties":{"ajh":{"type":"string"},"lb":{"type":"string","enum":["contacted","scheduled","session","suspended","resumed","note"]},"sj":{"type":"string","format":"date-time"}},"additionalProperties":false}`)
	put("schemas/shouli.json", `{"type":"object","required":["ajh","sj","zz"],"properties":{"ajh":{"type":"string"},"sj":{"type":"string","format":"date-time"},"zz":{"type":"string","minLength":1}},"additionalProperties":false}`)
	return files
}

// downEvent is an event of the platform, everything in it invented.
func downEvent(typ, caseNo, id string) []byte {
	const court = `{"code":"C1","name":"某区人民法院"}`
	data := map[string]string{
		"case.delegated": `{"caseNo":"` + caseNo + `","delegation":"pre","court":` + court + `,"cause":{"code":"209","edition":"2026","name":"追索劳动报酬纠纷"},"category":"wage","delegatedAt":"2026-11-20T09:00:00+08:00","consentAt":"2026-11-19T09:00:00+08:00",` +
			`"parties":[{"id":"p1","role":"applicant","kind":"person","name":"虚构甲"},{"id":"p2","role":"respondent","kind":"org","name":"虚构公司"}],"claims":[{"no":1,"type":"wage","text":"工资"}],"facts":"虚构"}`,
		"case.materials.requested": `{"caseNo":"` + caseNo + `","requestNo":"R1","at":"2026-11-20T10:00:00+08:00","items":[{"type":"identity"}]}`,
		"case.docketed":            `{"caseNo":"` + caseNo + `","at":"2026-11-20T12:00:00+08:00","courtCaseNo":"court ` + caseNo + `","court":` + court + `}`,
		"case.withdrawn":           `{"caseNo":"` + caseNo + `","withdrawnAt":"2026-11-20T13:00:00+08:00","by":"court"}`,
	}[typ]
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%q,"source":"urn:platform","type":%q,"subject":%q,"time":"2026-11-20T09:00:00+08:00","unit":"990000","data":%s}`, id, typ, caseNo, data)
}

var platform = Caller{Unsigned: true, All: true}

// push sends one event and expects it to be taken.
func (r *rig) push(typ, caseNo, id string) Answer {
	r.Helper()
	a := r.gw.Receive(r.Context(), platform, downEvent(typ, caseNo, id))
	if a.Err != nil {
		var p *problem.Problem = a.Err.(*problem.Problem)
		r.Fatalf("push %s: %v %+v", typ, a.Err, p.Items)
	}
	synctest.Wait()
	return a
}

// report is the local system's own word, through its source's intake.
func (r *rig) report(endpoint, typ, id, document string) adapter.Accepted {
	r.Helper()
	a, err := localIntake{r.gw, unit}.Accept(r.Context(), adapter.Incoming{Endpoint: endpoint, Type: typ, ID: id, Document: []byte(document)})
	if err != nil {
		r.Fatalf("report %s: %v", typ, err)
	}
	synctest.Wait()
	return a
}

// orderWaited lets what waits for the case's acceptance go, marked early.
func (r *rig) orderWaited() { r.wait(11 * time.Minute) }

// wait lets time pass.
func (r *rig) wait(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// state holds a delivery's state, and its reason where given.
func (r *rig) state(receipt string, want queue.State, reason string) queue.Delivery {
	r.Helper()
	d, err := r.store.Get(receipt)
	if err != nil {
		r.Fatal(err)
	}
	if d.State != want || reasonCode(d.Reason) != reason {
		detail := ""
		if d.Reason != nil {
			detail = d.Reason.Detail
		}
		r.Fatalf("%s is %s %q (%s), want %s %q", d.Type, d.State, reasonCode(d.Reason), detail, want, reason)
	}
	return d
}

// reported are the platform's delivery.reported, as "type state".
func (r *rig) reported() []string {
	r.national.mu.Lock()
	defer r.national.mu.Unlock()
	var out []string
	for _, m := range r.national.sent {
		if m.Type != "delivery.reported" {
			continue
		}
		var e struct {
			Data struct {
				Of    struct{ Type string }
				State string
			}
		}
		if err := json.Unmarshal(m.Document, &e); err != nil {
			r.Fatal(err)
		}
		out = append(out, e.Data.Of.Type+" "+e.Data.State)
	}
	return out
}
