package file

import (
	"path"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

// sinkConfig is a sink's mapping, checked and without its secrets.
type sinkConfig struct {
	connection connection
	routes     []*route
}

// route is how messages of one type, of a prefix or of every type are written.
type route struct {
	name     string // case.delegated, case.* or *
	dir      string
	file     *template.Template
	document string // the entry in the zip; empty: the file is the document
	// attachments is how materials' entries in the zip are named, {name} in it; empty: none go.
	attachments string
	done        *template.Template // the flag file's name, nil: none
	receipt     *receipt
	ack         *rules.Rules
	info        adapter.RouteInfo
}

// receipt is where and how often the receiver's receipt files are looked for.
type receipt struct {
	dir       string
	ok, error *template.Template
	every     time.Duration
}

// fixed tells whether a name must be stored at the first attempt: whatever a
// repeat might render otherwise.
func (r *route) fixed() bool {
	for _, p := range []string{"seq", "now", "body", "localRef"} {
		if r.file.Uses(p) {
			return true
		}
	}
	return false
}

// own tells whether no other message renders the same name.
func (r *route) own() bool { return r.file.Uses("key") || r.file.Uses("receipt") }

// parseSink reads a sink's mapping; all findings are the reader's.
func parseSink(s adapter.Settings) (*sinkConfig, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	own := m.Map("settings")
	c := &sinkConfig{connection: parseConnection(s, own, nil)}
	own.End()
	in := m.Map("routes")
	for _, k := range []string{"receipt", "ackTimeout"} {
		if m.Has(k) && len(in.Keys()) > 1 {
			m.Add(m.Place(k), "error", "probe-too-wide", "%s stands above several routes; it belongs to one", k)
		}
	}
	for _, k := range []string{"probe", "idempotency", "poll"} {
		if m.Node(k) != nil {
			m.Add(m.Place(k), "error", "bad-value", "a file is known by its name; %s belongs to other kinds", k)
		}
	}
	above := common(m)
	if !m.Has("routes") {
		m.Add(m.At, "error", "missing", "routes are missing")
	}
	for _, name := range in.Keys() {
		if i := strings.IndexByte(name, '*'); i >= 0 && i != len(name)-1 {
			in.Add(in.Place(name), "error", "bad-value", "a route is a type, a prefix such as case.* or *")
		}
		one := in.Map(name)
		c.routes = append(c.routes, parseRoute(name, one, above))
		one.End()
	}
	m.End()
	return c, r
}

// common reads what may stand above the routes as well as in one.
func common(m *settings.Map) *route {
	r := &route{ack: rules.Parse(m.Reader, m.Node("ack"))}
	if m.Has("receipt") {
		in := m.Map("receipt")
		r.receipt = &receipt{dir: folder(in, "dir", ""), ok: named(in, "ok", "name"), error: named(in, "error", "name"), every: every(in)}
		if r.receipt.ok == nil {
			in.Add(in.Place("ok"), "error", "missing", "receipt needs ok, the name of the file that acknowledges")
		}
		in.End()
	}
	r.info.AckTimeout = m.Duration("ackTimeout", 0)
	r.info.OnAckTimeout = m.Enum("onAckTimeout", "", "look", "retry")
	r.info.OnUnknown = m.Enum("onUnknown", "", "retry", "hold")
	r.info.Materials = m.Enum("materials", "", "none")
	return r
}

func every(m *settings.Map) time.Duration {
	d := m.Duration("every", 10*time.Second)
	if d < 10*time.Millisecond {
		m.Add(m.Place("every"), "error", "bad-value", "every must be a time such as 10s")
	}
	return d
}

// parseRoute reads one route; what it leaves out it takes from above.
func parseRoute(name string, m *settings.Map, above *route) *route {
	r := common(m)
	r.name = name
	r.dir = folder(m, "dir", ".")
	if r.file = named(m, "name", template.Message...); r.file == nil {
		if !m.Has("name") {
			m.Add(m.At, "error", "missing", "name, the file's name, is missing")
		}
		r.file = &template.Template{}
	} else if !r.own() && !r.file.Uses("seq") {
		m.Add(m.Place("name"), "warning", "may-collide", "two messages may have one name, and the second is held; use {seq:6} or {key}")
	}
	r.done = named(m, "done", "name")
	if m.Has("zip") {
		in := m.Map("zip")
		r.document = in.Required("document")
		if r.document != "" && !safeEntry(r.document) {
			in.Add(in.Place("document"), "error", "bad-value", "document must be a path inside the zip")
		}
		r.attachments = in.String("materials")
		if r.attachments != "" && (!strings.Contains(r.attachments, "{name}") || !safeEntry(strings.ReplaceAll(r.attachments, "{name}", "x"))) {
			in.Add(in.Place("materials"), "error", "bad-value", "materials must be a path inside the zip with {name} in it, such as att/{name}")
		}
		in.End()
	}
	if !m.Has("ack") {
		r.ack = above.ack
	}
	if r.receipt == nil && above.receipt != nil {
		shared := *above.receipt
		r.receipt = &shared
	}
	if r.receipt != nil && r.receipt.dir == "" {
		r.receipt.dir = r.dir
	}
	if !m.Has("ackTimeout") {
		r.info.AckTimeout = above.info.AckTimeout
	}
	r.info.OnUnknown = first(r.info.OnUnknown, above.info.OnUnknown, "retry")
	r.info.OnAckTimeout = first(r.info.OnAckTimeout, above.info.OnAckTimeout, "look")
	r.info.Materials = "none"
	if r.attachments != "" {
		r.info.Materials = "zip:" + r.attachments
	}
	r.info.Idempotent = true // a repeat has the same name
	return r
}

// safeEntry tells whether a zip entry's name stays in the folder it is unpacked to.
func safeEntry(name string) bool {
	return name != "" && !path.IsAbs(name) && !strings.ContainsAny(name, "\\:\x00") && path.Clean("/"+name) == "/"+strings.TrimSuffix(name, "/")
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
