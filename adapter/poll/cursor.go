package poll

import (
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter/settings"
	"duijie/adapter/template"
	"duijie/internal/expr"
)

// cursor is how far a list was read: a time or a growing number of its items.
type cursor struct {
	from    *expr.Program
	pattern string        // of time; empty: RFC 3339 or yyyy-MM-dd HH:mm:ss, as it comes
	overlap time.Duration // read again each time, for what was committed late
	back    int64         // the same of a number
	number  bool          // overlap is a number, so from is
	start   string        // where nothing is remembered
}

func parseCursor(m *settings.Map) *cursor {
	n := m.Node("cursor")
	if settings.IsNull(n) {
		return nil
	}
	in := m.Reader.Map(n)
	c := &cursor{start: in.String("start")}
	if f := in.Node("from"); f != nil && f.Kind == yaml.MappingNode {
		from := m.Reader.Map(f)
		c.from, c.pattern = from.Expr("from"), from.Required("time")
		if err := template.CheckPattern(c.pattern); err != nil {
			from.Add(from.Place("time"), "error", "time-bad-pattern", "%s", err)
		}
		from.End()
	} else {
		c.from = in.Program(f)
	}
	if !in.Has("from") {
		in.Add(n, "error", "missing", "from is missing")
	}
	text := in.String("overlap")
	if back, err := strconv.ParseInt(text, 10, 64); err == nil && back >= 0 {
		c.back, c.number = back, true
	} else {
		c.overlap = in.Duration("overlap", 0)
	}
	if !in.Has("overlap") {
		in.Add(n, "error", "missing", "overlap is missing: what is committed late would be passed over")
	}
	in.End()
	return c
}

// mark is a cursor's value: an instant or a number, with the text that it came as.
type mark struct {
	text string
	at   time.Time
	n    int64
}

// read understands a value; ok is false where it is neither.
func (c *cursor) read(text string) (m mark, ok bool) {
	m.text = text
	if c.number {
		n, err := strconv.ParseInt(text, 10, 64)
		m.n = n
		return m, err == nil
	}
	if c.pattern != "" {
		t, err := template.ParseTime(text, c.pattern)
		m.at = t
		return m, err == nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		m.at = t
		return m, true
	}
	t, err := template.ParseTime(text, plain)
	m.at = t
	return m, err == nil
}

const plain = "yyyy-MM-dd HH:mm:ss"

func (m mark) after(o mark) bool { return m.at.After(o.at) || m.n > o.n }

// since is what {cursor} stands for: the value less the overlap, in the form in
// which the list writes it.
func (c *cursor) since(m mark) string {
	if m.text == "" {
		return c.start
	}
	if c.number {
		return strconv.FormatInt(max(0, m.n-c.back), 10)
	}
	at := m.at.Add(-c.overlap)
	switch {
	case c.pattern != "":
		text, _ := template.FormatTime(at, c.pattern) // checked when it was read
		return text
	case len(m.text) > len("2006-01-02T") && m.text[len("2006-01-02")] == 'T':
		return at.In(shanghai).Format(time.RFC3339)
	}
	text, _ := template.FormatTime(at, plain)
	return text
}

// bounded keeps a time from running ahead of the clock: one item dated in the
// year 2099 would deafen the unit until then.
func (c *cursor) bounded(m mark, now time.Time) mark {
	if !c.number && m.at.After(now) {
		m.at = now
		m.text = c.since(mark{text: m.text, at: now.Add(c.overlap)})
	}
	return m
}

// shanghai has had one offset since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)
