// Package national is the upward sink: it posts an event to the national
// platform (人社调解平台) as a structured CloudEvent with Standard Webhooks headers.
//
// It promises that webhook-id is the delivery's key on every repeat, that only a
// JSON object or a 204 acknowledges, and that a 409 id-reused after an attempt
// with unknown outcome acknowledges too, marked content-differs: the platform has
// the message under this key. The document is sent byte for byte as it is given.
// Errors quote nothing of it. A Sink may be used by many goroutines at once.
package national

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/client"
	"duijie/adapter/rules"
	"duijie/internal/codec"
)

// ContentDiffers marks an acknowledgement whose receiver holds other content under the key.
const ContentDiffers = "content-differs"

// Config says where the platform is and how messages are signed.
type Config struct {
	URL       string
	Materials string   // where materials are put; empty: they are not
	Allow     []string // hosts besides that of URL
	Timeout   time.Duration
	MaxAnswer int64
	TLS       *tls.Config
	// Sign gives webhook-signature over id.timestamp.body; nil: unsigned (scheme none).
	Sign func(id string, ts time.Time, body []byte) (string, error)
	Now  func() time.Time // nil: time.Now
	Log  *slog.Logger     // debug: the shape of the traffic; nil: none
}

// Sink posts events to the national platform.
type Sink struct {
	url       *url.URL
	materials *url.URL // nil: materials are not put
	sign      func(id string, ts time.Time, body []byte) (string, error)
	now       func() time.Time
	log       *slog.Logger
	client    *client.Client
	judge     rules.Judge
}

// New makes a sink.
func New(c Config) (*Sink, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("national.url must be http://… or https://…")
	}
	s := &Sink{url: u, sign: c.Sign, now: c.Now, log: c.Log}
	allow := c.Allow
	if c.Materials != "" {
		if s.materials, err = url.Parse(c.Materials); err != nil || s.materials.Host == "" || s.materials.Scheme != "http" && s.materials.Scheme != "https" {
			return nil, errors.New("national.materials must be http://… or https://…")
		}
		allow = append(slices.Clone(allow), s.materials.Host)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.judge.Now = s.now
	s.client = client.New(client.Options{Host: u.Hostname(), Allow: allow, Timeout: c.Timeout, MaxAnswer: c.MaxAnswer, TLS: c.TLS})
	return s, nil
}

// Close ends idle connections.
func (s *Sink) Close() error {
	s.client.Close()
	return nil
}

// Deliver implements adapter.Sink; m.Document is the whole event.
func (s *Sink) Deliver(ctx context.Context, m adapter.Message) (adapter.Ack, error) {
	h := http.Header{"Content-Type": {"application/cloudevents+json"}, "Accept": {"application/json"}}
	if err := s.prove(h, m.Key, m.Document); err != nil {
		return adapter.Ack{}, err
	}
	a, err := s.client.Do(ctx, client.Request{Method: http.MethodPost, URL: s.url, Header: h, Body: m.Document})
	if err != nil {
		return adapter.Ack{}, fmt.Errorf("post event: %w", err)
	}
	s.log.Debug("event posted", "message", m, "answer", a)
	answer := rules.Read(a.Status, a.Header, a.Body, a.Broken, adapter.Codec{Format: "json", Charset: "UTF-8"})
	ack := adapter.Ack{Status: a.Status}
	if a.Status/100 == 2 && a.Status != http.StatusNoContent && (answer.Body == nil || answer.Body.Kind != codec.Object) {
		answer.Readable = false // JSON, but no object: not this platform's word
	}
	if a.Status == http.StatusConflict && m.AfterUnknown && reused(answer.Body) {
		ack.Mark = ContentDiffers
		return ack, nil
	}
	if ack, err = s.judge.Answer(nil, answer, m.Key); err != nil {
		return ack, fmt.Errorf("post event: %w", err)
	}
	return ack, nil
}

// prove adds the Standard Webhooks headers over what is signed.
func (s *Sink) prove(h http.Header, id string, signed []byte) error {
	now := s.now()
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	if s.sign == nil {
		return nil
	}
	signature, err := s.sign(id, now, signed)
	if err != nil {
		return adapter.Trouble("signing-key", fmt.Errorf("sign: %w", err))
	}
	if signature != "" { // scheme none
		h.Set("webhook-signature", signature)
	}
	return nil
}

// reused tells whether a problem document says id-reused.
func reused(v *codec.Value) bool {
	if v == nil {
		return false
	}
	for _, member := range []string{"type", "code"} {
		if m, ok := v.Get(member); ok && (m.Text == "id-reused" || strings.HasSuffix(m.Text, ":id-reused") || strings.HasSuffix(m.Text, "/id-reused")) {
			return true
		}
	}
	return false
}
