// Package line is the worked example of docs/adapter.md: a kind of local system
// that takes one line over TCP and answers one line. It is invented, and not in
// the list of kinds.
//
// A message goes as its key, its type and its document in base64, with blanks
// between; the answer is OK and the local id, BUSY and seconds, or NO. Deliver
// returns nil only after OK; what was cut off after the first byte is unknown.
// No error quotes an answer. A Sink may be used by many goroutines at once.
package line

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/settings"
)

// Kind is the adapter kind line.
var Kind = adapter.Kind{
	Name:      "line",
	CheckSink: func(s adapter.Settings) []adapter.Finding { _, r := parse(s); return r.Findings },
	Sink:      func(s adapter.Settings, _ adapter.Deps) (adapter.Sink, error) { return New(s) },
}

// parse reads the sink's mapping; unknown keys and wrong values are findings with line and column.
func parse(s adapter.Settings) (address string, r *settings.Reader) {
	r = &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	own := m.Map("settings")
	address = own.String("address") // empty in a pack: each unit says its own
	if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
		own.Add(own.Place("address"), "error", "bad-value", "address must be HOST:PORT")
	}
	own.End()
	m.End()
	return address, r
}

// Sink hands messages over.
type Sink struct {
	address   string
	timeout   time.Duration
	maxAnswer int64
}

// New makes a sink; it does not connect.
func New(s adapter.Settings) (*Sink, error) {
	address, r := parse(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if address == "" {
		return nil, errors.New("settings: address is missing")
	}
	return &Sink{address: address, timeout: s.Timeout, maxAnswer: s.MaxAnswer}, nil
}

// Deliver implements adapter.Sink: one connection, one line, one answer.
func (k *Sink) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	ctx, cancel := context.WithTimeout(ctx, k.timeout)
	defer cancel()
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", k.address)
	if err != nil {
		return adapter.Ack{}, fmt.Errorf("line: connect: %w", err) // plain, before the first byte: transient
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()

	adapter.SentOf(ctx).Mark() // from here on a plain error is unknown, never transient
	if _, err := fmt.Fprintf(c, "%s %s %s\n", m.Key, m.Type, base64.StdEncoding.EncodeToString(m.Document)); err != nil {
		return adapter.Ack{}, fmt.Errorf("line: send: %w", cause(ctx, err))
	}
	answer, err := bufio.NewReader(io.LimitReader(c, k.maxAnswer)).ReadString('\n')
	if err != nil { // half an answer is none, even if it begins with OK
		return adapter.Ack{}, fmt.Errorf("line: answer: %w", cause(ctx, err))
	}
	return judge(answer)
}

// judge turns an answer into an outcome. Its text goes into Detail, which is for operators only.
func judge(answer string) (adapter.Ack, error) {
	word, rest, _ := strings.Cut(strings.TrimSpace(answer), " ")
	switch word {
	case "OK":
		return adapter.Ack{LocalRef: rest}, nil
	case "BUSY":
		seconds, err := strconv.ParseUint(rest, 10, 16)
		if err != nil {
			seconds = 0
		}
		return adapter.Ack{}, adapter.RetryAfter(errors.New("line: the receiver is busy"), time.Duration(seconds)*time.Second)
	case "NO":
		return adapter.Ack{}, &adapter.Failure{Outcome: adapter.Refused, Code: "rule", Detail: rest, Err: errors.New("line: refused")}
	case "WHO": // our address is not on their list: the unit's trouble, no message is at fault
		return adapter.Ack{}, adapter.Trouble("denied", errors.New("line: not let in"))
	}
	return adapter.Ack{}, &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "unreadable", Err: errors.New("line: an answer of no known kind")}
}

// cause names the limit that struck rather than the connection that it closed.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
