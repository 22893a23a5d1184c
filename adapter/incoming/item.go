package incoming

import (
	"errors"
	"fmt"

	"duijie/adapter"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// Uses tells whether an expression of the endpoint speaks of a field.
func (e *Endpoint) Uses(name string) bool {
	for _, p := range []*expr.Program{e.from, e.dedupe, e.lane, e.time} {
		if p != nil && p.Uses(name) {
			return true
		}
	}
	return false
}

// Item is the message of one item of a list that was fetched; raw is the item as
// a document of its own. An error says why it is unreadable: the message is then
// marked so, has whatever else could be found, and is handed on all the same.
func (e *Endpoint) Item(item codec.Value, raw []byte, s *expr.Scope) (adapter.Incoming, error) {
	in := adapter.Incoming{Endpoint: e.Name, Type: e.typ, Document: raw, ReissueHold: e.reissue,
		Time: e.at(s), Content: Content(item, e.volatile)}
	var bad error
	take := func(what string, p *expr.Program) string {
		if p == nil {
			return ""
		}
		v, err := p.Text(s)
		if err != nil && bad == nil {
			bad = fmt.Errorf("%s: %w", what, err)
		}
		return v
	}
	in.ID, in.Lane = take("dedupe", e.dedupe), take("lane", e.lane)
	if e.from != nil {
		if in.Type = e.values[take("type", e.from)]; in.Type == "" && bad == nil {
			bad = errors.New("type: a value that is not listed")
		}
	}
	in.Unreadable = bad != nil
	return in, bad
}
