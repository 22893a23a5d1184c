package sql

import (
	"slices"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
)

// sinkConfig is a sink's mapping, checked and without its secrets.
type sinkConfig struct {
	connection connection
	routes     []*route
}

// route is how messages of one type, of a prefix or of every type are inserted.
type route struct {
	name   string // case.delegated, case.* or *
	insert []string
	key    *keyPlace
	poll   *poll
	ack    *rules.Rules
	info   adapter.RouteInfo
}

// keyPlace is idempotency: where the key stands, and where its row may have moved.
type keyPlace struct {
	table, column string
	also          []string
}

// poll reads the row that was inserted.
type poll struct {
	every      time.Duration
	table, key string
}

// tooWide belong to a route; above several routes they are too wide.
var tooWide = []string{"probe", "idempotency", "poll", "ackTimeout"}

// parseSink reads a sink's mapping; all findings are the reader's.
func parseSink(s adapter.Settings) (*sinkConfig, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	own := m.Map("settings")
	c := &sinkConfig{connection: parseConnection(own, nil)}
	own.End()
	in := m.Map("routes")
	if len(in.Keys()) > 1 {
		for _, k := range tooWide {
			if m.Has(k) {
				m.Add(m.Place(k), "error", "probe-too-wide", "%s stands above several routes; it belongs to one", k)
			}
		}
	}
	if m.Has("probe") {
		m.Node("probe")
		m.Add(m.Place("probe"), "error", "bad-value", "a sql sink is asked by idempotency, not by a probe")
	}
	above := common(m)
	if !m.Has("routes") {
		m.Add(m.At, "error", "missing", "routes are missing")
	}
	safe := len(in.Keys()) == 0
	for _, name := range in.Keys() {
		if i := strings.IndexByte(name, '*'); i >= 0 && i != len(name)-1 {
			in.Add(in.Place(name), "error", "bad-value", "a route is a type, a prefix such as case.* or *")
		}
		one := in.Map(name)
		c.routes = append(c.routes, parseRoute(name, one, above))
		safe = safe || c.routes[len(c.routes)-1].key != nil
		one.End()
	}
	if !safe {
		m.Add(m.Place("routes"), "warning", "may-double", "no idempotency: what is repeated after an unknown outcome may be inserted twice")
	}
	m.End()
	return c, r
}

// common reads what may stand above the routes as well as in one.
func common(m *settings.Map) *route {
	r := &route{ack: rules.Parse(m.Reader, m.Node("ack"))}
	if m.Has("idempotency") {
		in := m.Map("idempotency")
		r.key = &keyPlace{table: required(in, "table"), column: required(in, "column"), also: names(in, "also")}
		in.End()
	}
	if m.Has("poll") {
		in := m.Map("poll")
		r.poll = &poll{every: in.Duration("every", 5*time.Second), table: required(in, "table"), key: required(in, "key")}
		if r.poll.every < 10*time.Millisecond {
			in.Add(in.Place("every"), "error", "bad-value", "every must be a time such as 5s")
		}
		in.End()
	}
	r.info.AckTimeout = m.Duration("ackTimeout", 0)
	r.info.OnAckTimeout = m.Enum("onAckTimeout", "", "look", "retry")
	r.info.OnUnknown = m.Enum("onUnknown", "", "retry", "hold")
	r.info.Materials = m.Enum("materials", "", "none")
	return r
}

// parseRoute reads one route; what it leaves out it takes from above.
func parseRoute(name string, m *settings.Map, above *route) *route {
	r := common(m)
	r.name = name
	r.insert = names(m, "insert")
	if len(r.insert) == 0 {
		m.Add(m.Place("insert"), "error", "missing", "insert names no table")
	}
	if !m.Has("ack") {
		r.ack = above.ack
	}
	if r.key == nil {
		r.key = above.key
	}
	if r.poll == nil {
		r.poll = above.poll
	}
	if !m.Has("ackTimeout") {
		r.info.AckTimeout = above.info.AckTimeout
	}
	r.info.OnUnknown = first(r.info.OnUnknown, above.info.OnUnknown, "retry")
	r.info.OnAckTimeout = first(r.info.OnAckTimeout, above.info.OnAckTimeout, "look")
	r.info.Materials = "none"
	r.info.Idempotent = r.key != nil
	r.check(m)
	return r
}

// check finds what a route's parts say against each other.
func (r *route) check(m *settings.Map) {
	if r.key != nil && r.key.table != "" && !slices.Contains(r.insert, r.key.table) {
		m.Add(m.Place("idempotency"), "error", "bad-value", "idempotency.table %s is not among insert", r.key.table)
	}
	if r.poll != nil && r.poll.table != "" && !slices.Contains(r.insert, r.poll.table) {
		m.Add(m.Place("poll"), "error", "bad-value", "poll.table %s is not among insert", r.poll.table)
	}
	if r.poll != nil && r.ack == nil {
		m.Add(m.Place("poll"), "error", "missing", "a polled row is acknowledged by ack rules, and there are none")
	}
	if r.info.OnAckTimeout == "retry" && r.key == nil {
		m.Add(m.Place("onAckTimeout"), "error", "bad-value", "onAckTimeout: retry needs idempotency in route %s", r.name)
	}
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
