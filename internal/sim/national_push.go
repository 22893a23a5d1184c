package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"duijie/internal/sm"
)

// Send pushes one event to the gateway at that address (without /v1/messages)
// and repeats it until the gateway's word. The error is the context's, or a
// *RefusedError where the gateway said no for good.
func (n *National) Send(ctx context.Context, gateway string, e Event) error {
	if e.SpecVersion == "" {
		e.SpecVersion = "1.0"
	}
	if e.Source == "" {
		e.Source = n.opts.Source
	}
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	sent := Sent{Key: Key(e.Unit, e.Source, e.ID), Unit: e.Unit, Source: e.Source, ID: e.ID, Type: e.Type, Subject: e.Subject, First: time.Now()}
	url := strings.TrimSuffix(gateway, "/") + "/v1/messages"
	_, err = n.push.push(ctx, sent, func(ctx context.Context) (*http.Request, error) {
		r, err := post(ctx, url, "application/cloudevents+json", body)
		if err != nil {
			return nil, err
		}
		return r, n.opts.Own.Sign(r.Header, e.ID, body, time.Now())
	}, acceptedByGateway)
	return err
}

// PutMaterial puts the content of an attachment at the gateway and repeats it until
// the gateway has it. The error is the context's, or says that the gateway will not
// have it.
func (n *National) PutMaterial(ctx context.Context, gateway string, content []byte) error {
	sum := sha256.Sum256(content)
	url := strings.TrimSuffix(gateway, "/") + "/v1/materials/" + hex.EncodeToString(sum[:])
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, patience) {
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(content))
		if err != nil {
			return errors.New("the gateway's address is no URL")
		}
		if err := n.opts.Own.Sign(r.Header, "put-"+hex.EncodeToString(sum[:8]), sm.Target(r.Method, r.URL.RequestURI()), time.Now()); err != nil {
			return err
		}
		a, err := n.push.once(r)
		switch {
		case err == nil && (a.status == http.StatusOK || a.status == http.StatusCreated):
			return nil
		case err == nil && a.status/100 == 4 && a.status != http.StatusTooManyRequests:
			return errors.New("put a material: " + problemCode(a.body))
		}
		if !pause(ctx, wait) {
			return context.Cause(ctx)
		}
	}
}

// SendAll pushes events with so many senders at once as the options say. Events
// of one subject leave in their order. It returns when all are accepted or
// refused, or the context ends.
func (n *National) SendAll(ctx context.Context, gateway string, events []Event) error {
	lanes := map[string][]Event{}
	var order []string
	for _, e := range events {
		if lanes[e.Subject] == nil {
			order = append(order, e.Subject)
		}
		lanes[e.Subject] = append(lanes[e.Subject], e)
	}
	workers := n.opts.Workers
	if workers == 0 {
		workers = 16
	}
	work := make(chan []Event)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for lane := range work {
				for _, e := range lane {
					if n.Send(ctx, gateway, e) != nil && ctx.Err() != nil {
						break
					}
				}
			}
		})
	}
	for _, subject := range order {
		work <- lanes[subject]
	}
	close(work)
	wg.Wait()
	return ctx.Err()
}

// acceptedByGateway reads the gateway's answer to a push on /v1/messages.
func acceptedByGateway(a answer) verdict {
	if a.status == 200 || a.status == 202 {
		var ok struct{ Receipt string }
		if json.Unmarshal(a.body, &ok) == nil && ok.Receipt != "" {
			return verdict{accepted: true, receipt: ok.Receipt}
		}
		return verdict{} // a proxy's page, perhaps: ask again
	}
	if a.status >= 400 && a.status < 500 && a.status != 408 && a.status != 425 && a.status != 429 {
		return verdict{refused: problemCode(a.body)}
	}
	return verdict{}
}

// problemCode is the code of a problem document, or "refused".
func problemCode(body []byte) string {
	var p struct{ Type string }
	if json.Unmarshal(body, &p) == nil {
		if code, ok := strings.CutPrefix(p.Type, "urn:duijie:problem:"); ok && code != "" {
			return code
		}
	}
	return "refused"
}
