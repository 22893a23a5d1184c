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

// BenchmarkReceive is the gateway's own share of an acceptance: checks and a
// commit without its sync, one sender.
func BenchmarkReceive(b *testing.B) {
	store, err := bolt.Open(bolt.Options{Path: filepath.Join(b.TempDir(), "d.db"), Judge: JudgeCase, Key: event.Key, NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
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
	for i := 0; b.Loop(); i++ {
		raw := bytes.ReplaceAll(bytes.Replace(template, []byte("ID-0"), fmt.Appendf(nil, "ID-%d", i), 1), []byte("CASE-0"), fmt.Appendf(nil, "CASE-%d", i))
		if a := gw.Receive(b.Context(), platform, raw); a.Err != nil {
			b.Fatal(a.Err)
		}
	}
}
