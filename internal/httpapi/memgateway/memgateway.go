// Package memgateway is a small gateway in memory that the listeners' and the
// pages' tests talk to: it verifies real HMAC signatures, keeps what it is given,
// deduplicates, and obeys acts by state. It promises nothing else: no order, no
// delivery, no disk. The product never imports it.
package memgateway

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/internal/stats"
)

// Gateway is the whole of it. Its exported fields are set before it is used.
type Gateway struct {
	Keys      map[string][]byte          // sender → HMAC key
	Allowed   map[string]map[string]bool // sender → units; "" are the unsigned
	Mutual    bool                       // callers came with their certificate
	Refuse    *problem.Problem           // what every message is refused with
	Panics    bool                       // every message panics
	Views     []gateway.UnitView
	Readiness gateway.Ready
	Outcome   gateway.Reload // of the next reload
	Archive   string         // what a backup writes, before it fails with BackupErr
	BackupErr error
	Rehearsed gateway.Rehearsal // of every unit of Views
	Figures   stats.Statistics  // of every unit and period
	Now       func() time.Time

	mu         sync.Mutex // guards what follows
	deliveries []queue.Delivery
	payloads   map[string][]byte
	cases      map[string]queue.Case
	jobs       map[string]gateway.Job
	acts       []string
}

// New is an empty gateway.
func New() *Gateway {
	return &Gateway{Keys: map[string][]byte{}, Allowed: map[string]map[string]bool{}, Now: time.Now,
		payloads: map[string][]byte{}, cases: map[string]queue.Case{}, jobs: map[string]gateway.Job{},
		Readiness: gateway.Ready{Status: "ok", Store: "ok"}}
}

// Add puts a delivery as it is, with its payload.
func (g *Gateway) Add(d queue.Delivery, payload string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	d.Seq = uint64(len(g.deliveries) + 1)
	g.deliveries = append(g.deliveries, d)
	g.payloads[d.Receipt] = []byte(payload)
}

// AddCase puts a case record.
func (g *Gateway) AddCase(c queue.Case) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cases[c.Unit+"/"+c.National] = c
}

// Acts are what operators did, as "operator verb target", oldest first.
func (g *Gateway) Acts() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.acts)
}

// Sign is the webhook-signature of a payload.
func Sign(key []byte, id, timestamp string, payload []byte) string {
	m := hmac.New(sha256.New, key)
	fmt.Fprintf(m, "%s.%s.%s", id, timestamp, payload)
	return "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// Authenticate finds the sender whose key fits.
func (g *Gateway) Authenticate(sig gateway.Signature, payload []byte, _ string) (gateway.Caller, error) {
	if sig.Signature == "" {
		return gateway.Caller{Unsigned: true, Units: g.Allowed[""]}, nil
	}
	for name, key := range g.Keys {
		if slices.Contains(strings.Fields(sig.Signature), Sign(key, sig.ID, sig.Timestamp, payload)) {
			return gateway.Caller{Name: name, Units: g.Allowed[name], All: g.Allowed[name]["*"], MutualTLS: g.Mutual}, nil
		}
	}
	return gateway.Caller{}, &problem.Problem{Code: "signature"}
}

type event struct {
	ID, Source, Type, Subject, Unit string
	Data                            json.RawMessage
}

// Receive takes one event.
func (g *Gateway) Receive(_ context.Context, c gateway.Caller, raw []byte) gateway.Answer {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return gateway.Answer{Err: &problem.Problem{Code: "malformed"}}
	}
	return g.take(c, e)
}

func (g *Gateway) take(c gateway.Caller, e event) gateway.Answer {
	if g.Panics {
		panic("a panic that quotes 张三")
	}
	refuse := func(p *problem.Problem) gateway.Answer { return gateway.Answer{ID: e.ID, Source: e.Source, Err: p} }
	switch {
	case e.ID == "" || e.Source == "":
		return refuse(&problem.Problem{Code: "envelope", Items: []problem.Item{{Pointer: "/id", Code: "required"}}})
	case !c.Unsigned && c.Name != e.Source:
		return refuse(&problem.Problem{Code: "source-forbidden"})
	case !c.Sees(e.Unit):
		return refuse(&problem.Problem{Code: "unit-forbidden"})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, d := range g.deliveries {
		if d.Source == e.Source && d.ID == e.ID {
			if !bytes.Equal(g.payloads[d.Receipt], e.Data) {
				return refuse(&problem.Problem{Code: "id-reused"})
			}
			return gateway.Answer{Receipt: d.Receipt, ID: e.ID, Source: e.Source, Status: d.State, Duplicate: true}
		}
	}
	if g.Refuse != nil {
		return refuse(g.Refuse)
	}
	d := queue.Delivery{State: queue.Queued, DueAt: g.Now(), Message: queue.Message{Seq: uint64(len(g.deliveries) + 1),
		Receipt: fmt.Sprintf("r-%d", len(g.deliveries)+1), Key: fmt.Sprintf("%032x", len(g.deliveries)+1), Direction: queue.ToLocal,
		Unit: e.Unit, Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject, AcceptedAt: g.Now(), Time: g.Now()}}
	g.deliveries = append(g.deliveries, d)
	g.payloads[d.Receipt] = e.Data
	return gateway.Answer{Receipt: d.Receipt, ID: e.ID, Source: e.Source, Status: d.State}
}

// ReceiveBatch takes each event of an array.
func (g *Gateway) ReceiveBatch(ctx context.Context, c gateway.Caller, raw []byte) ([]gateway.Answer, error) {
	var events []json.RawMessage
	if err := json.Unmarshal(raw, &events); err != nil {
		return nil, &problem.Problem{Code: "malformed"}
	}
	out := make([]gateway.Answer, 0, len(events))
	for _, e := range events {
		out = append(out, g.Receive(ctx, c, e))
	}
	return out, nil
}

// ReceiveBinary takes attributes and data apart.
func (g *Gateway) ReceiveBinary(_ context.Context, c gateway.Caller, a map[string]string, data []byte) gateway.Answer {
	return g.take(c, event{a["id"], a["source"], a["type"], a["subject"], a["unit"], data})
}

// Local says what came.
func (g *Gateway) Local(w http.ResponseWriter, r *http.Request, unit, name string) error {
	if len(g.Views) > 0 && !slices.ContainsFunc(g.Views, func(u gateway.UnitView) bool { return u.Code == unit }) {
		return &problem.Problem{Code: "unknown-unit"}
	}
	_, err := fmt.Fprintf(w, "%s %s %s from %s", r.Method, unit, name, r.RemoteAddr)
	return err
}

// Ready is Readiness.
func (g *Gateway) Ready() gateway.Ready { return g.Readiness }

// Units is Views.
func (g *Gateway) Units() []gateway.UnitView {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.Views)
}

// StoreBytes is the size of the payloads.
func (g *Gateway) StoreBytes() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, p := range g.payloads {
		n += len(p)
	}
	return int64(n)
}
