package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"duijie/internal/mask"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// detailBody is one delivery with what can be done about it.
type detailBody struct {
	queue.Delivery
	Why      why
	UnitName string
	Tries    []try
	Payload  string
	SameCase string // link to all of the case
	Acts     map[string]bool
	AnyAct   bool
	First    bool // cancelling it holds its followers
	Told     bool // the platform is told of a cancel
}

// try is an attempt, its detail masked.
type try struct {
	queue.Attempt
	MS int64
}

func (c *Console) detail(w http.ResponseWriter, r *http.Request, p who) {
	d, err := c.gw.Delivery(r.PathValue("receipt"))
	if err != nil {
		c.fail(w, r, p, err)
		return
	}
	payload, masked, err := c.payloads(d)
	if err != nil {
		c.fail(w, r, p, err)
		return
	}
	b := detailBody{Delivery: d, Why: whyOf(d), UnitName: names(c.gw.Units())[d.Unit], Payload: readable(masked), Acts: map[string]bool{},
		First: d.Type == "case.delegated", Told: d.Direction == queue.ToLocal}
	for _, a := range d.Attempts {
		a.Detail = mask.Text(a.Detail, payload, masked)
		b.Tries = append(b.Tries, try{a, a.Took.Milliseconds()})
	}
	for name, a := range acts {
		if b.Acts[name] = a.allowed(d); b.Acts[name] {
			b.AnyAct = true
		}
	}
	if d.Subject != "" {
		b.SameCase = listLink(url.Values{"unit": {d.Unit}, "subject": {d.Subject}})
	}
	c.render(w, r, http.StatusOK, "detail", page{Who: p, Title: "detail.title", Tab: "list", Body: b})
}

// payloads gives the payload as it came, for masking a peer's words, and masked; both empty once purged.
func (c *Console) payloads(d queue.Delivery) (payload, masked []byte, err error) {
	payload, err = c.gw.Payload(d.Receipt)
	var gone *problem.Problem
	if errors.Is(err, queue.ErrNotFound) || errors.As(err, &gone) && gone.Code == "not-found" {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	masked, err = c.gw.Masked(d)
	return payload, masked, err
}

// readable is a document for reading: indented where it is JSON, as it is where it is text.
func readable(raw []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") == nil {
		return b.String()
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	return string(bytes.ToValidUTF8(raw, []byte("�")))
}

// act is what an operator may do to a delivery in these states.
type act struct {
	states []queue.State
	sure   bool // the form has a box to tick
	reason bool // and asks for a reason
	not    func(d queue.Delivery) bool
}

// acts are the console's buttons; what they mean is the gateway's.
var acts = map[string]act{
	"retry":  {states: []queue.State{queue.Held, queue.Queued}},
	"ack":    {states: []queue.State{queue.Queued, queue.Sending, queue.Awaiting, queue.Held}, sure: true, reason: true},
	"skip":   {states: []queue.State{queue.Held}, sure: true, reason: true, not: func(d queue.Delivery) bool { return d.Skipped }},
	"cancel": {states: []queue.State{queue.Queued, queue.Awaiting, queue.Held}, sure: true, reason: true},
	"resend": {states: []queue.State{queue.Acked}, sure: true, reason: true, not: func(d queue.Delivery) bool { return d.Purged }},
}

func actNamed(name string) bool { _, ok := acts[name]; return ok }

func (a act) allowed(d queue.Delivery) bool {
	return slices.Contains(a.states, d.State) && (a.not == nil || !a.not(d))
}
