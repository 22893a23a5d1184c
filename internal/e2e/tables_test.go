package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/internal/sim"
	"duijie/internal/sm"
	"duijie/mapping/provinces"
)

// newTablesGateway configures the program for a simulated platform and a local
// system of exchange tables. The pack is the built-in one; only its waits are shorter.
func newTablesGateway(t *testing.T, n *sim.National, l sim.Local, platform, own string) *gateway {
	t.Helper()
	g := &gateway{t: t, dir: t.TempDir(), public: freePort(t), admin: freePort(t)}
	files, err := fs.Sub(provinces.FS(), "440000")
	if err != nil {
		t.Fatal(err)
	}
	pack := filepath.Join(g.dir, "packs", "440000")
	if err := os.CopyFS(pack, files); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(pack, "pack.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, g.dir, "packs/440000/pack.yaml", strings.ReplaceAll(string(text), "every: 5s", "every: 100ms")+"retry: {initial: 100ms, max: 1s}\n")
	write(t, g.dir, "platform.key", platform)
	write(t, g.dir, "gateway.key", own)
	write(t, g.dir, "duijie.yaml", fmt.Sprintf(`listen: %s
admin: %s
data: ./data
packs: [./packs]
national:
  url: %s
  source: urn:duijie:gateway:e2e
  sign: {scheme: v1sm3, key: "file:gateway.key"}
  retry: {initial: 100ms, max: 1s}
senders:
  - {source: urn:national:mohrss, verify: {scheme: v1sm3, key: "file:platform.key"}, units: ["*"]}
units:
  - {code: "440000", pack: "440000", mode: docked, settings: {driver: sqlite, dsn: %q}}
limits: {diskFree: 0}
`, g.public, g.admin, n.MessagesURL(), l.Docking().Settings["dsn"]))
	t.Cleanup(func() {
		g.kill()
		g.keepLog()
		g.log.Close()
	})
	return g
}

// TestKillNineWithExchangeTables kills the gateway three times while it inserts,
// polls, reads and marks rows: each message stands in the other side's book once.
func TestKillNineWithExchangeTables(t *testing.T) {
	platform, own := sm.NewSecret(), sm.NewSecret()
	n, err := sim.StartNational(sim.NationalOptions{Own: sim.Signer{Scheme: "v1sm3", Key: platform}, Gateway: sim.Signer{Scheme: "v1sm3", Key: own}})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	l, err := sim.StartLocal("L3", sim.LocalOptions{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	g := newTablesGateway(t, n, l, platform, own)
	g.start()
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		for taken, kills := 0, 0; kills < 3; kills++ { // each time after some more messages have arrived
			for deadline := time.Now().Add(30 * time.Second); l.Book().Len()+n.Book().Len() < taken+40 && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond)
			}
			taken = l.Book().Len() + n.Book().Len()
			g.kill()
			g.start()
		}
	}()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Minute)
	defer stop()
	got, err := sim.Play(ctx, sim.Options{GatewayURL: "http://" + g.public, National: n, Locals: []sim.Local{l}, Cases: 30, Seed: 1})
	<-killed
	if err != nil {
		t.Fatal(err)
	}
	if !got.Well() || got.Held != 0 || got.Acked != got.Accepted || got.Accepted < 200 {
		t.Errorf("report: %+v", got)
	}
}
