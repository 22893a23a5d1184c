package gateway

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"duijie/internal/event"
	"duijie/internal/queue/bolt"
	"duijie/schemas"
)

// benchGateway is a gateway on a store that does not sync, and a case of usual size.
func benchGateway(b *testing.B) (*Gateway, []byte) {
	store, err := bolt.Open(bolt.Options{Path: filepath.Join(b.TempDir(), "d.db"), Judge: JudgeCase, Key: event.Key, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	v, err := schemas.New()
	if err != nil {
		b.Fatal(err)
	}
	gw, err := New(Options{Store: store, Validator: v, Limits: Limits{Backlog: 1_000_000, BacklogUnit: 250_000},
		Setup: Setup{Units: []UnitSpec{{Code: unit, Mode: docked}}, Senders: []SenderSpec{{Source: "urn:platform", Units: []string{"*"}}}}})
	if err != nil {
		b.Fatal(err)
	}
	template := bytes.Replace(downEvent("case.delegated", "CASE-0", "ID-0"), []byte(`"facts":"虚构"`), []byte(`"facts":"`+strings.Repeat("虚构的事实。", 80)+`"`), 1)
	b.SetBytes(int64(len(template)))
	b.ReportAllocs()
	return gw, template
}

// BenchmarkReceive is the gateway's own share of an acceptance: checks and a
// commit without its sync, one sender.
func BenchmarkReceive(b *testing.B) {
	gw, template := benchGateway(b)
	for i := 0; b.Loop(); i++ {
		raw := bytes.ReplaceAll(bytes.Replace(template, []byte("ID-0"), fmt.Appendf(nil, "ID-%d", i), 1), []byte("CASE-0"), fmt.Appendf(nil, "CASE-%d", i))
		if a := gw.Receive(b.Context(), platform, raw); a.Err != nil {
			b.Fatal(a.Err)
		}
	}
}

// BenchmarkAdmit is the same without the store: what is read and checked of one
// message, and what is made of it. The sample has every field, materials among them.
func BenchmarkAdmit(b *testing.B) {
	sampler, err := schemas.NewSampler()
	if err != nil {
		b.Fatal(err)
	}
	full := sampler.Sample("case.delegated", 0)
	subject, _ := schemas.KeyValue("case.delegated", full)
	for name, raw := range map[string][]byte{
		"usual": nil,
		"full":  fmt.Appendf(nil, `{"specversion":"1.0","id":"1","source":"urn:platform","type":"case.delegated","subject":%q,"time":"2026-11-20T09:00:00+08:00","unit":"990000","data":%s}`, subject, full),
	} {
		b.Run(name, func(b *testing.B) {
			gw, template := benchGateway(b)
			if raw == nil {
				raw = template
			}
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if a, m := gw.admit(platform, raw, nil); m == nil {
					b.Fatal(a.Err)
				}
			}
		})
	}
}
