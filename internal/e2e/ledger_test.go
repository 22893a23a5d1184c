package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// ledger is what stands outside of the gateway: what its senders were answered,
// against what its receivers were sent. It believes the gateway in one thing
// alone: that what it calls acknowledged may never be sent again.
type ledger struct {
	t       *testing.T
	seed    uint64
	faulty  bool          // the receivers misbehave, each message by the seed
	cut     bool          // a whole answer may not have arrived: the network cuts, or it came too late
	timeout time.Duration // after which the gateway stops waiting for an answer
	began   time.Time
	// step, where set, is called at each part of a call; true: the gateway was killed in it.
	step func(what string) bool
	life atomic.Int64 // counts the gateway's processes

	mu       sync.Mutex // guards all below
	story    map[string][]string
	accepted map[string][]string // names of messages by lane, in the order of their 2xx
	receipts map[string]string   // by name
	first    map[string][]string // names by lane, in the order in which each came first
	keys     map[string]string   // by name
	arrivals map[string][]*arrival
	bodies   map[string][]byte
	settled  map[string]int64 // by name: the process that said it was acknowledged
	wrong    map[string]bool  // names whose story is printed at the end
	total    int
}

// arrival is one request at a receiver.
type arrival struct {
	at    time.Time
	life  int64 // of the process that opened its connection
	acked bool  // the whole acknowledgement was written
}

func newLedger(t *testing.T, seed uint64, timeout time.Duration) *ledger {
	l := &ledger{t: t, seed: seed, timeout: timeout, began: time.Now(), story: map[string][]string{}, accepted: map[string][]string{}, receipts: map[string]string{},
		first: map[string][]string{}, keys: map[string]string{}, arrivals: map[string][]*arrival{}, bodies: map[string][]byte{}, settled: map[string]int64{}, wrong: map[string]bool{}}
	t.Cleanup(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if !t.Failed() {
			return
		}
		t.Logf("seed %d", l.seed)
		for name := range l.wrong {
			t.Logf("%s:\n\t%s", name, strings.Join(l.story[name], "\n\t"))
		}
	})
	return l
}

// tell adds to a message's story. The caller holds mu.
func (l *ledger) tell(name, format string, args ...any) {
	line := fmt.Sprintf("%8.3f life %d: ", time.Since(l.began).Seconds(), l.life.Load()) + fmt.Sprintf(format, args...)
	l.story[name] = append(l.story[name], line)
}

// broken says that a promise was. The caller holds mu.
func (l *ledger) broken(name, format string, args ...any) {
	l.tell(name, "BROKEN: "+format, args...)
	l.wrong[name] = true
	if len(l.wrong) <= 10 {
		l.t.Errorf("%s: %s", name, fmt.Sprintf(format, args...))
	}
}

// push sends a message until its answer is clear, as a sender should, and enters
// it in its lane. It gives up, with a failure, after two minutes.
func (l *ledger) push(lane, name string, send func() (*http.Response, error)) {
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		status, receipt, err := answerOf(send())
		l.mu.Lock()
		switch {
		case err != nil:
			l.tell(name, "pushed, no clear answer: %v", err)
		case status == 503 || status == 429:
			l.tell(name, "pushed, answered %d", status)
		case status != 200 && status != 202:
			l.broken(name, "pushed, answered %d", status)
			l.mu.Unlock()
			return
		default:
			l.tell(name, "pushed, answered %d %s", status, receipt)
			if was, again := l.receipts[name]; !again {
				l.receipts[name] = receipt
				l.accepted[lane] = append(l.accepted[lane], name)
			} else if was != receipt {
				l.broken(name, "answered another receipt than %s", was)
			}
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken(name, "not accepted within two minutes")
}

// answerOf reads an answer whole; one that is cut is no answer.
func answerOf(res *http.Response, err error) (status int, receipt string, _ error) {
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", err
	}
	var a struct{ Receipt string }
	if res.StatusCode == 200 || res.StatusCode == 202 {
		if err := json.Unmarshal(text, &a); err != nil || a.Receipt == "" {
			return 0, "", fmt.Errorf("%d without a receipt", res.StatusCode)
		}
	}
	return res.StatusCode, a.Receipt, nil
}

// serve runs a receiver; its address is without the scheme.
func (l *ledger) serve(h http.HandlerFunc) (addr string) {
	listener, err := net.Listen("tcp", freePort(l.t))
	if err != nil {
		l.t.Fatal(err)
	}
	s := &http.Server{Handler: h, ConnContext: l.connected, ErrorLog: log.New(io.Discard, "", 0)}
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.Serve(listener) }()
	l.t.Cleanup(func() { s.Close(); <-ended })
	return listener.Addr().String()
}

// local is the local system: it takes what the pack's mappings make, and can be
// asked whether it has a key.
func (l *ledger) local(w http.ResponseWriter, r *http.Request) {
	if l.passes("local system: request came") {
		panic(http.ErrAbortHandler) // and is not taken
	}
	if key, asked := strings.CutPrefix(r.URL.Path, "/has/"); asked {
		l.mu.Lock()
		has := slices.ContainsFunc(l.arrivals[key], func(a *arrival) bool { return a.acked })
		l.mu.Unlock()
		fmt.Fprintf(w, `{"has":%v,"no":"L-%s"}`, has, r.URL.Query().Get("case"))
		_ = http.NewResponseController(w).Flush()
		l.passes("local system: probe answered")
		return
	}
	body, err := io.ReadAll(r.Body)
	var doc struct{ Anhao string }
	if err != nil || json.Unmarshal(body, &doc) != nil {
		panic(http.ErrAbortHandler) // half a request: its sender is no more, or the network cut it
	}
	name := doc.Anhao + " " + strings.TrimPrefix(r.URL.Path, "/take/")
	l.receive(w, r, "down "+doc.Anhao, name, r.Header.Get("X-Once"), body, fmt.Sprintf(`{"ok":true,"no":"L-%s"}`, doc.Anhao))
}

// national is the platform: it takes events.
func (l *ledger) national(w http.ResponseWriter, r *http.Request) {
	if l.passes("platform: request came") {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(r.Body)
	var e struct {
		ID, Type, Subject string
		Data              struct{ At string }
	}
	if err != nil || json.Unmarshal(body, &e) != nil {
		panic(http.ErrAbortHandler)
	}
	l.receive(w, r, "up "+e.Subject, e.Subject+" "+e.Type+" "+e.Data.At, e.ID, body, `{"taken":true}`)
}

// receive enters one request, holds it against what came before, and answers.
func (l *ledger) receive(w http.ResponseWriter, r *http.Request, lane, name, key string, body []byte, yes string) {
	a := &arrival{at: time.Now(), life: r.Context().Value(lifeOf{}).(int64)}
	l.mu.Lock()
	l.total++
	n := len(l.arrivals[key])
	l.compare(a, lane, name, key, body)
	l.arrivals[key] = append(l.arrivals[key], a)
	act := well
	if l.faulty && n < 4 {
		act = l.misbehaviour(key, n, strings.HasPrefix(lane, "up"))
	}
	a.acked = act == well || act == drips || act == twice
	l.tell(name, "came, of life %d: %s", a.life, act)
	l.mu.Unlock()
	if l.step == nil {
		act.answer(w, r, yes, l.timeout)
		return
	}
	l.passes(lane + ": request read")
	w.Header().Set("Content-Length", fmt.Sprint(len(yes)))
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprint(w, yes[:len(yes)/2])
	_ = http.NewResponseController(w).Flush()
	l.passes(lane + ": half of the answer written")
	fmt.Fprint(w, yes[len(yes)/2:])
	_ = http.NewResponseController(w).Flush()
	l.passes(lane + ": answer written")
}

func (l *ledger) passes(what string) (killed bool) { return l.step != nil && l.step(what) }

// compare holds a request against what came before it. The caller holds mu.
func (l *ledger) compare(a *arrival, lane, name, key string, body []byte) {
	switch was, known := l.keys[name]; {
	case !known:
		l.keys[name] = key
		l.first[lane] = append(l.first[lane], name)
	case was != key:
		l.broken(name, "came under the keys %s and %s", was, key)
	}
	if was, known := l.bodies[key]; known && !bytes.Equal(was, body) {
		l.broken(name, "came again with other bytes:\n\t%s\n\t%s", was, body)
	}
	l.bodies[key] = body
	if life, ok := l.settled[name]; ok && a.life >= life {
		l.broken(name, "was sent by life %d after life %d had called it acknowledged", a.life, life)
	}
	if before := l.arrivals[key]; !l.cut && len(before) > 0 {
		if last := before[len(before)-1]; last.acked && last.life == a.life && a.at.Sub(last.at) < l.timeout*3/4 {
			l.broken(name, "was sent again by the process that had its acknowledgement")
		}
	}
}

// lifeOf is the context key of the process that opened a connection.
type lifeOf struct{}

// watch asks the gateway for one message; what it calls acknowledged is noted.
func (l *ledger) watch(g *gateway, name string) (state string, attempts []string) {
	l.mu.Lock()
	receipt := l.receipts[name]
	l.mu.Unlock()
	var d struct {
		State    string
		Attempts []struct{ Outcome, Code string }
		Reason   *struct{ Code string }
	}
	code := g.get(g.admin+"/admin/v1/deliveries/"+receipt, &d)
	for _, a := range d.Attempts {
		attempts = append(attempts, a.Outcome)
	}
	life := l.life.Load() // that answered, or one later
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case code == 404:
		l.broken(name, "was answered 2xx and is not there")
	case d.State == "acked" && l.settled[name] == 0:
		l.tell(name, "acknowledged, says life %d", life)
		l.settled[name] = life
	case d.State == "acked":
	case d.State != "" && l.settled[name] != 0:
		l.broken(name, "was acknowledged and is %s", d.State)
	}
	if d.Reason != nil && l.settled[name] == 0 {
		return d.State + " " + d.Reason.Code, attempts
	}
	return d.State, attempts
}

// drain waits until the gateway calls everything acknowledged.
func (l *ledger) drain(g *gateway, limit time.Duration) {
	l.t.Helper()
	l.mu.Lock()
	open := map[string]string{}
	for name := range l.receipts {
		open[name] = ""
	}
	l.mu.Unlock()
	for end := time.Now().Add(limit); len(open) > 0; time.Sleep(20 * time.Millisecond) {
		for name := range open {
			if open[name], _ = l.watch(g, name); open[name] == "acked" {
				delete(open, name)
			}
		}
		if time.Now().After(end) {
			l.mu.Lock()
			defer l.mu.Unlock()
			for name, state := range open {
				l.broken(name, "is %q after %v", state, limit)
			}
			return
		}
	}
}

// account is the end: each accepted message at its receiver, in its lane's order,
// and every acknowledgement that did not count stands in the record as unknown.
func (l *ledger) account(g *gateway) {
	l.mu.Lock()
	names := map[string]bool{}
	for lane, want := range l.accepted {
		got := l.first[lane]
		for _, name := range want {
			names[name] = true
			if !slices.Contains(got, name) {
				l.broken(name, "was answered 2xx and its receiver never saw it")
			}
		}
		if !slices.Equal(got, want) {
			l.broken(want[0], "%s came in the order %q, accepted as %q", lane, got, want)
		}
	}
	for name, key := range l.keys {
		if !names[name] {
			l.broken(name, "came, and nobody sent it")
		}
		if !slices.ContainsFunc(l.arrivals[key], func(a *arrival) bool { return a.acked }) {
			l.broken(name, "is acknowledged by no receiver")
		}
	}
	l.mu.Unlock()
	for name := range names {
		_, attempts := l.watch(g, name)
		unknown := 0
		for _, outcome := range attempts {
			if outcome == "unknown" {
				unknown++
			}
		}
		l.mu.Lock()
		acks := 0
		for _, a := range l.arrivals[l.keys[name]] {
			if a.acked {
				acks++
			}
		}
		if n := len(l.arrivals[l.keys[name]]); n > len(attempts) || acks > unknown+1 {
			l.broken(name, "came %d times and was acknowledged %d times; the record has %q", n, acks, attempts)
		}
		l.mu.Unlock()
	}
}

// dice is a number below 100 that depends on the seed, the message and the try alone.
func (l *ledger) dice(key string, n int) int {
	h := fnv.New64a()
	fmt.Fprint(h, key, "|", l.seed, "|", n)
	x := h.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return int(x % 100)
}
