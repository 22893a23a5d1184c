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
