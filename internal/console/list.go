package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"duijie/internal/gateway"
	"duijie/internal/i18n"
	"duijie/internal/queue"
	"duijie/schemas"
)

const listed = 50

// listBody is the page of deliveries.
type listBody struct {
	Filter  filter
	Units   []gateway.UnitView
	States  []string
	Types   []string
	Reasons []string
	Marks   []string
	Rows    []row
	Older   string
	Newest  string
}

// filter is what the form says.
type filter struct{ Unit, State, Type, Subject, Direction, Reason, Mark, Q string }

// row is a delivery in one line.
type row struct {
	queue.Delivery
	Why why
}

func (c *Console) list(w http.ResponseWriter, r *http.Request, p who) {
	q := r.URL.Query()
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	f := filter{get("unit"), get("state"), get("type"), get("subject"), get("direction"), get("reason"), get("mark"), get("q")}
	ask := queue.Filter{State: queue.State(f.State), Type: f.Type, Subject: f.Subject, Direction: queue.Direction(f.Direction),
		Reason: f.Reason, Mark: f.Mark, Query: f.Q, Limit: listed}
	if f.Unit != "" {
		ask.Units = []string{f.Unit}
	}
	if after, err := strconv.ParseUint(q.Get("after"), 10, 64); err == nil {
		ask.Before = after
	}
	found, next, err := c.gw.Deliveries(ask)
	if err != nil {
		c.fail(w, r, p, err)
		return
	}
	b := listBody{Filter: f, Units: c.gw.Units(), States: i18n.States(), Types: typeCodes(), Reasons: i18n.Reasons(), Marks: i18n.Marks()}
	for _, d := range found {
		b.Rows = append(b.Rows, row{d, whyOf(d)})
	}
	if next != 0 {
		b.Older = listLink(f.values("after", strconv.FormatUint(next, 10)))
	}
	if ask.Before != 0 {
		b.Newest = listLink(f.values())
	}
	c.render(w, r, http.StatusOK, "list", page{Who: p, Title: "list.title", Tab: "list", Body: b})
}

// values are the filter's fields that are set, and more.
func (f filter) values(more ...string) url.Values {
	out := url.Values{}
	pairs := append([]string{"unit", f.Unit, "state", f.State, "type", f.Type, "subject", f.Subject, "direction", f.Direction,
		"reason", f.Reason, "mark", f.Mark, "q", f.Q}, more...)
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			out.Set(pair[0], pair[1])
		}
	}
	return out
}

func typeCodes() []string {
	var out []string
	for _, f := range schemas.All() {
		out = append(out, f.Type)
	}
	return out
}
