package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// connected gives a connection the number of the process that opened it.
func (l *ledger) connected(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, lifeOf{}, l.life.Load())
}

// misbehaviour is what a receiver does to one request.
type misbehaviour string

const (
	well        misbehaviour = "acknowledged"
	refuses     misbehaviour = "200, come again"
	busy        misbehaviour = "503 with Retry-After"
	fails       misbehaviour = "500"
	contradicts misbehaviour = "500 with the words of an acknowledgement"
	resets      misbehaviour = "reset before an answer"
	cuts        misbehaviour = "half an acknowledgement"
	late        misbehaviour = "acknowledged after the gateway's timeout"
	drips       misbehaviour = "acknowledged, byte by byte"
	twice       misbehaviour = "acknowledged twice in one answer"
)

// misbehaviour is decided by the seed, the message and how often it came.
func (l *ledger) misbehaviour(key string, n int, up bool) misbehaviour {
	list := []misbehaviour{refuses, busy, fails, contradicts, resets, cuts, drips, twice, busy, late}
	if up { // three unreadable answers running would open its breaker for half a minute
		list = []misbehaviour{busy, fails, contradicts, resets}
	}
	if d := l.dice(key, n); d < 4*len(list) {
		if list[d/4] == late && d%4 > 0 { // it costs a second each
			return well
		}
		return list[d/4]
	}
	return well
}

// answer does it. Yes is the words of the acknowledgement.
func (m misbehaviour) answer(w http.ResponseWriter, r *http.Request, yes string, timeout time.Duration) {
	w.Header().Set("Content-Type", "application/json")
	switch m {
	case refuses:
		fmt.Fprint(w, `{"ok":false}`)
	case busy:
		w.Header().Set("Retry-After", "0")
		w.WriteHeader(503)
	case fails:
		w.WriteHeader(500)
	case contradicts:
		w.WriteHeader(500)
		fmt.Fprint(w, yes)
	case resets:
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			c.Close()
		}
	case cuts:
		w.Header().Set("Content-Length", fmt.Sprint(len(yes)))
		fmt.Fprint(w, yes[:len(yes)/2])
		panic(http.ErrAbortHandler)
	case late:
		select {
		case <-r.Context().Done():
		case <-time.After(timeout + timeout/4):
		}
		fmt.Fprint(w, yes)
	case drips:
		for _, b := range []byte(yes) {
			w.Write([]byte{b})
			_ = http.NewResponseController(w).Flush()
			time.Sleep(2 * time.Millisecond)
		}
	case twice:
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			one := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(yes), yes)
			fmt.Fprint(c, one+one)
			c.Close()
		}
	default:
		fmt.Fprint(w, yes)
	}
}
