package e2e

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	crashRuns = flag.Int("crash.runs", 12, "how many crash runs are played")
	crashSeed = flag.Uint64("crash.seed", 0, "replay this one crash run alone")
)

const crashLimits = "limits: {concurrency: 16, timeout: 1500ms, breaker: {failures: 100000, open: 300ms}}"

// TestCrashRunsLoseNothing kills the program with signal 9 at moments given by a
// seed, from its first milliseconds on, while senders push and both receivers
// misbehave, and starts it again on what is left. By an outside ledger nothing
// that was answered 2xx is lost, nothing is doubled by key, no case is out of
// order. Twelve runs by default; -crash.runs 100 for the soak.
func TestCrashRunsLoseNothing(t *testing.T) {
	if *crashSeed != 0 {
		crashRun(t, *crashSeed)
		return
	}
	for n := range uint64(*crashRuns) {
		t.Run(fmt.Sprint(n+1), func(t *testing.T) { crashRun(t, n+1) })
	}
}

func crashRun(t *testing.T, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	l := newLedger(t, seed, 1500*time.Millisecond)
	l.faulty = seed%3 > 0
	g := newGateway(t, l.serve(l.local), l.serve(l.national))
	write(t, g.dir, "packs/outside/pack.yaml", crashPack())
	l.life.Add(1)
	g.start()
	ctx, stop := context.WithCancel(context.Background())
	var senders sync.WaitGroup
	defer senders.Wait() // where a run fails half way
	defer stop()
	for s := range 12 {
		senders.Go(func() { l.tellCases(ctx, g.public, s) })
	}
	senders.Go(func() { l.watchSome(ctx, g) })
	kills := 1 + rng.IntN(4)
	for range kills {
		// Some die before they are ready, some in the middle of it all.
		time.Sleep(time.Duration(5+rng.IntN([]int{150, 400, 900}[rng.IntN(3)])) * time.Millisecond)
		g.kill()
		l.life.Add(1)
		g.launch()
	}
	told(t, "the last process is ready", func() bool { return g.get(g.public+"/readyz", nil) == 200 })
	stop()
	senders.Wait()
	l.drain(g, 2*time.Minute)
	g.kill()
	l.life.Add(1)
	g.start()
	l.quiet()
	l.account(g)
	l.mu.Lock()
	defer l.mu.Unlock()
	t.Logf("seed %d: %d kills, %d messages in %d lanes, %d requests", seed, kills+1, len(l.receipts), len(l.accepted), l.total)
}

// crashPack is the outside province, quick in everything.
func crashPack() string {
	pack := strings.Replace(packYAML, "limits: {concurrency: 16, timeout: 2s}", crashLimits, 1)
	return strings.Replace(pack, "retry: {initial: 100ms, max: 1s,", "retry: {initial: 30ms, max: 300ms,", 1)
}

// tellCases is one sender and one clerk: they play case after case, each of two to
// four messages down and up to three up, until ctx ends; a case begun is told whole.
func (l *ledger) tellCases(ctx context.Context, gateway string, s int) {
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	rng := rand.New(rand.NewPCG(l.seed, uint64(100+s)))
	for n := 0; ctx.Err() == nil; n++ {
		caseNo := fmt.Sprintf("S%d-%d", s, n)
		story := steps[:2+rng.IntN(3)]
		var up sync.WaitGroup
		for i, step := range story {
			body := eventOf(step, caseNo)
			send := func() (*http.Response, error) {
				return post(client, "http://"+gateway+"/v1/messages", "application/cloudevents+json", body)
			}
			l.push("down "+caseNo, caseNo+" "+step, send)
			if rng.IntN(8) == 0 { // whoever is unsure asks again, and is told the same
				l.push("down "+caseNo, caseNo+" "+step, send)
			}
			if i == 0 {
				words := rng.IntN(4)
				up.Go(func() {
					for k := range words {
						text := fmt.Sprintf(`{"lsh":"%s-%d","ajh":"L-%s","lb":"1","sj":"2026-11-21 09:00:0%d"}`, caseNo, k, caseNo, k)
						l.push("up "+caseNo, fmt.Sprintf("%s case.progress 2026-11-21T09:00:0%d+08:00", caseNo, k), func() (*http.Response, error) {
							return client.Post("http://"+gateway+"/local/990000/progress", "application/json", strings.NewReader(text))
						})
					}
				})
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(rng.IntN(25)) * time.Millisecond):
			}
		}
		up.Wait()
	}
}

// watchSome asks for messages while all goes on, so that what was acknowledged is
// known as early as can be.
func (l *ledger) watchSome(ctx context.Context, g *gateway) {
	for ctx.Err() == nil {
		var some []string
		l.mu.Lock()
		for name := range l.receipts { // in no order
			if l.settled[name] == 0 {
				some = append(some, name)
			}
			if len(some) == 20 {
				break
			}
		}
		l.mu.Unlock()
		for _, name := range some {
			l.watch(g, name)
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// quiet expects that a gateway that has nothing to do sends nothing.
func (l *ledger) quiet() {
	l.t.Helper()
	l.mu.Lock()
	before := l.total
	l.mu.Unlock()
	time.Sleep(300 * time.Millisecond)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total != before {
		l.t.Errorf("%d requests after all was acknowledged", l.total-before)
	}
}
