package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// probePack has a local system that can be asked for a message by its key.
func probePack() string {
	return strings.NewReplacer(`"*": {method: POST, path: "/take/{type}"}`,
		`"*": {method: POST, path: "/take/{type}", probe: {path: "/has/{key}", query: {case: "{subject}"}, found: "body.has == true", localRef: body.no, settle: 600ms}}`,
		"timeout: 1500ms", "timeout: 300ms").Replace(crashPack())
}

// TestKilledAtEveryStepOfEveryCommit kills the program with signal 9 at each point
// of each commit of two messages down and one up, one run a point: before anything
// is written, before the sync, after it. What lies between the writes of one commit
// is played on images of the file (TestTornPagesLoseNothing of the store).
func TestKilledAtEveryStepOfEveryCommit(t *testing.T) {
	for _, point := range []string{"before-commit", "before-sync", "after-commit"} {
		t.Run(point, func(t *testing.T) {
			commits := 0
			for n := 1; ; n++ {
				s := newSteps(t, crashPack())
				s.g.tags = "fault"
				write(t, s.g.dir, "fault", fmt.Sprintf("%s kill %d\n", point, n))
				s.l.life.Add(1)
				s.g.launch()
				done := s.tell()
				select {
				case <-s.g.ended():
					commits++
					write(t, s.g.dir, "fault", "")
					s.again()
				case <-done:
				}
				s.end(done)
				if commits < n || t.Failed() {
					break
				}
			}
			if commits < 9 { // a put, a beginning and an end for each of three
				t.Errorf("killed in %d commits alone", commits)
			}
			t.Logf("killed in %d commits", commits)
		})
	}
}

// TestKilledAtEveryStepOfEveryCall kills the program before, within and after each
// call that comes in and each that goes out, with a local system that knows the
// key alone, and with one that can be asked. Of the latter's runs each has a first
// kill, when its first document was read or just before, so that the steps of a
// probe are met too, one that finds and one that does not.
func TestKilledAtEveryStepOfEveryCall(t *testing.T) {
	for _, c := range []struct {
		name, pack, first string
		least             int
	}{
		{"repeats", crashPack(), "", 21},
		{"asks and it is there", probePack(), "down A: request read", 15},
		{"asks and it is not there", probePack(), "local system: request came", 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			var killedAt []string
			for n := 1; ; n++ {
				at := killedAtStep(t, c.pack, c.first, n)
				if at == "" || t.Failed() {
					break
				}
				killedAt = append(killedAt, at)
			}
			if len(killedAt) < c.least {
				t.Errorf("killed at %d steps alone", len(killedAt))
			}
			t.Logf("killed at\n\t%s", strings.Join(killedAt, "\n\t"))
		})
	}
}

// killedAtStep plays the story and kills at the n-th step, counted from a first
// kill where there is one; it says at which, or nothing where all went through.
func killedAtStep(t *testing.T, pack, first string, n int) (at string) {
	s := newSteps(t, pack)
	var mu sync.Mutex
	count, armed := 0, first == ""
	killed := make(chan string, 2)
	s.l.step = func(what string) bool {
		mu.Lock()
		defer mu.Unlock()
		switch {
		case !armed && what == first:
			armed = true
		case !armed:
			return false
		default:
			if count++; count != n {
				return false
			}
		}
		s.g.kill()
		killed <- what
		return true
	}
	s.l.life.Add(1)
	s.g.start()
	done := s.tell()
	kills := 1
	if first != "" {
		kills = 2
	}
	for range kills {
		select {
		case at = <-killed:
			s.again()
		case <-done:
			at = ""
		}
	}
	s.end(done)
	return at
}

// stepwise is a gateway with its ledger, and the story of one case.
type stepwise struct {
	t *testing.T
	l *ledger
	g *gateway
}

func newSteps(t *testing.T, pack string) *stepwise {
	s := &stepwise{t: t, l: newLedger(t, 0, 300*time.Millisecond)}
	s.g = newGateway(t, s.l.serve(s.l.local), s.l.serve(s.l.national))
	write(t, s.g.dir, "packs/outside/pack.yaml", pack)
	return s
}

// tell sends two messages down and one up, each when the one before is acknowledged.
func (s *stepwise) tell() (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		for _, typ := range steps[:2] {
			s.l.push("down A", "A "+typ, func() (*http.Response, error) {
				req, err := signedPost("http://"+s.g.public+"/v1/messages", "application/cloudevents+json", eventOf(typ, "A"))
				if err != nil {
					return nil, err
				}
				return s.send(req)
			})
			s.acked("A " + typ)
		}
		s.l.push("up A", "A case.progress 2026-11-21T09:00:00+08:00", func() (*http.Response, error) {
			req, err := http.NewRequest("POST", "http://"+s.g.public+"/local/990000/progress", strings.NewReader(`{"lsh":"A-0","ajh":"L-A","lb":"1","sj":"2026-11-21 09:00:00"}`))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/json")
			return s.send(req)
		})
		s.acked("A case.progress 2026-11-21T09:00:00+08:00")
	}()
	return done
}

// send is one request on a connection of its own, in two halves.
func (s *stepwise) send(req *http.Request) (*http.Response, error) {
	c, err := net.DialTimeout("tcp", req.URL.Host, time.Second)
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := req.Write(&text); err != nil {
		return nil, err
	}
	half := text.Len() - 40
	if _, err := c.Write(text.Next(half)); err != nil {
		return nil, err
	}
	s.l.passes("sender: most of the request sent")
	if _, err := c.Write(text.Bytes()); err != nil {
		return nil, err
	}
	s.l.passes("sender: request sent")
	res, err := http.ReadResponse(bufio.NewReader(c), req)
	if err == nil {
		s.l.passes("sender: answer came")
	}
	return res, err
}

// again starts the gateway on what the kill left, and waits until it is ready or
// killed once more.
func (s *stepwise) again() {
	s.l.life.Add(1)
	s.g.launch()
	told(s.t, "ready or killed again", func() bool {
		select {
		case <-s.g.ended():
			return true
		default:
			return s.g.get(s.g.public+"/readyz", nil) == 200
		}
	})
}

// acked waits until the gateway calls a message acknowledged, a minute at most.
func (s *stepwise) acked(name string) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if state, _ := s.l.watch(s.g, name); state == "acked" {
			return
		}
	}
}

// end expects that the ledger is whole.
func (s *stepwise) end(done chan struct{}) {
	<-done
	s.l.drain(s.g, time.Minute)
	s.l.account(s.g)
	s.g.kill()
}
