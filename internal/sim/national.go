package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"duijie/schemas"
)

// NationalOptions say how the simulated national platform is played.
type NationalOptions struct {
	Listen string // empty: a free port of the loopback
	// Gateway signs what comes up, Own what goes down.
	Gateway, Own Signer
	// Source is the platform's own source; urn:national:mohrss where empty.
	Source string
	Fault  string // see Faults
	Seed   uint64
	// Workers push downward at once; 16 where 0.
	Workers int
	// Hold is the longest that a fault keeps a caller waiting; a minute where 0.
	Hold time.Duration
}

// National is the national platform (人社调解平台), simulated.
type National struct {
	*host
	opts      NationalOptions
	valid     *schemas.Validator
	faults    *unruly
	book      *Book
	ledger    *Ledger
	push      *pusher
	materials materials
}

// StartNational listens; Close stops it.
func StartNational(o NationalOptions) (*National, error) {
	if o.Source == "" {
		o.Source = "urn:national:mohrss"
	}
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	v, err := schemas.New()
	if err != nil {
		return nil, err
	}
	n := &National{opts: o, valid: v, faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger()}
	n.push = newPusher(n.ledger)
	if o.Hold > 0 {
		n.faults.hold = o.Hold
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/messages", n.receive)
	n.materials.whole, n.materials.half = map[string][]byte{}, map[string][]byte{}
	for _, method := range []string{"GET", "PUT"} { // GET serves HEAD too
		mux.HandleFunc(method+" /v1/materials/{digest}", n.material)
	}
	if n.host, err = serve(o.Listen, mux); err != nil {
		return nil, fmt.Errorf("national platform: %w", err)
	}
	return n, nil
}

// Close stops the platform and lets go of its connections.
func (n *National) Close() error {
	n.push.close()
	return n.host.Close()
}

// Book is what the platform took from the gateway.
func (n *National) Book() *Book { return n.book }

// Ledger is what the platform sent to the gateway.
func (n *National) Ledger() *Ledger { return n.ledger }

// MessagesURL is what a gateway's national.url must be.
func (n *National) MessagesURL() string { return n.URL() + "/v1/messages" }

// receive takes one upward message: signature, envelope, schema, then the book.
func (n *National) receive(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		problem(413, "too-large").write(w)
		return
	}
	id := r.Header.Get("webhook-id")
	say := words{again: problem(503, "backpressure"), never: problem(422, "schema"),
		business: problem(429, "rate"), unauthorised: problem(401, "signature")}
	n.faults.answer(w, r, id, say, func() reply {
		if err := n.opts.Gateway.Verify(r.Header, body, time.Now()); err != nil {
			return problem(401, "signature")
		}
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/cloudevents+json") {
			return problem(415, "media-type")
		}
		return n.take(id, body)
	})
}

func (n *National) take(id string, body []byte) reply {
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return problem(400, "malformed")
	}
	flow, known := schemas.Lookup(e.Type)
	switch {
	case e.SpecVersion != "1.0" || e.ID == "" || e.Source == "" || e.Subject == "" || e.Unit == "" || id != "" && id != e.ID:
		return problem(400, "envelope")
	case !known:
		return problem(422, "unknown-type")
	case !flow.Up():
		return problem(422, "direction")
	}
	if _, ok := schemas.ParseTime(e.Time); !ok {
		return problem(400, "envelope")
	}
	if items, _ := n.valid.Validate(e.Type, e.Data); len(items) > 0 {
		return problem(422, "schema")
	}
	first := n.book.Take(Taken{Key: e.ID, Unit: e.Unit, Source: e.Source, Type: e.Type, Subject: e.Subject, At: time.Now(), Document: body,
		content: []byte(e.Type + "\n" + e.Subject + "\n" + e.Unit + "\n" + string(e.Data))}) // the time does not count
	if t, _ := n.book.Get(e.ID); t.Differs && !first {
		return problem(409, "id-reused")
	}
	answer, _ := json.Marshal(map[string]any{"id": e.ID, "status": "taken", "duplicate": !first})
	return reply{200, "application/json", answer}
}

// problem is a refusal as the platform words it.
func problem(status int, code string) reply {
	body, _ := json.Marshal(map[string]any{"type": "urn:duijie:problem:" + code, "status": status})
	return reply{status, "application/problem+json", body}
}
