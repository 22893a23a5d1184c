package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// RefusedError says that the gateway refused a message for good.
type RefusedError struct {
	Code string // the gateway's problem code
	Type string // of the message
}

func (e *RefusedError) Error() string { return "push " + e.Type + ": refused: " + e.Code }

// answer is what came back for one push.
type answer struct {
	status int
	body   []byte
	after  time.Duration
}

// verdict is what an answer means; the zero value: nothing is certain, push again.
type verdict struct {
	accepted bool
	receipt  string
	refused  string
}

// pusher repeats a push until the gateway has said that it is durable, as a
// careful peer does: with the same id and bytes, ever more slowly, signed anew
// each time.
type pusher struct {
	client *http.Client
	ledger *Ledger
}

// patience is the longest pause between two pushes of a message.
const patience = 2 * time.Second

func newPusher(l *Ledger) *pusher {
	t := &http.Transport{MaxIdleConnsPerHost: 32, IdleConnTimeout: 30 * time.Second}
	return &pusher{ledger: l, client: &http.Client{Timeout: 30 * time.Second, Transport: t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (p *pusher) close() { p.client.CloseIdleConnections() }

// push gives the receipt as soon as read says accepted.
func (p *pusher) push(ctx context.Context, s Sent, request func(context.Context) (*http.Request, error), read func(answer) verdict) (string, error) {
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, patience) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		r, err := request(ctx)
		if err != nil {
			return "", fmt.Errorf("push %s: %w", s.Type, err)
		}
		p.ledger.Try(s)
		a, err := p.once(r)
		wait := pause
		if err == nil {
			v := read(a)
			switch {
			case v.accepted:
				p.ledger.Accept(s.Key, v.receipt, time.Now())
				return v.receipt, nil
			case v.refused != "":
				p.ledger.Refuse(s.Key, v.refused)
				return "", &RefusedError{Code: v.refused, Type: s.Type}
			}
			wait = max(pause, min(a.after, patience))
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return "", ctx.Err()
		}
	}
}

func (p *pusher) once(r *http.Request) (answer, error) {
	res, err := p.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return answer{}, err
	}
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	return answer{res.StatusCode, body, time.Duration(seconds) * time.Second}, nil
}

// post is a POST that net/http sends once: without GetBody it cannot repeat it.
func post(ctx context.Context, url, kind string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the gateway's address is no URL")
	}
	r.GetBody = nil
	r.Header.Set("Content-Type", kind)
	return r, nil
}
