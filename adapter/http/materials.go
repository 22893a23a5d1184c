package http

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/client"
	"duijie/internal/codec"
)

// mostSigned bounds a body that must be in memory because its signature covers it.
const mostSigned = 32 << 20

// mostLinks bounds the links in headers; all of them stand in the document too,
// wherever it has their digests.
const mostLinks = 50

// links says where the materials may be fetched (RFC 8288).
func links(h http.Header, ms []adapter.Material) {
	for i, m := range ms {
		if m.Link != "" && i < mostLinks {
			h.Add("Link", "<"+m.Link+`>; rel="enclosure"`)
		}
	}
}

// attached is the body of a request that carries materials; nil: it carries none.
func (k *Sink) attached(r *route, m adapter.Message, out *client.Request) (*attach.Stream, error) {
	switch {
	case r.method == http.MethodGet:
	case r.info.Materials == "multipart":
		s, contentType := attach.Multipart(out.Body, out.Header.Get("Content-Type"), m)
		out.Header.Set("Content-Type", contentType)
		return s, nil
	case r.base64 != "" && len(m.Materials) > 0:
		return attach.Embed(out.Body, codec.Options{Format: k.codec.Format, Charset: k.codec.Charset}, r.base64, m)
	}
	return nil, nil
}

// carry gives a request its body: streamed, but whole where the signature covers it.
func (k *Sink) carry(ctx context.Context, r *client.Request, s *attach.Stream) error {
	if s == nil {
		return nil
	}
	r.Body = nil
	if k.signer.Covers() {
		var err error
		if r.Body, err = s.Bytes(mostSigned); err != nil {
			return &adapter.Failure{Outcome: adapter.Refused, Code: "rule", HoldReason: "refused", Err: err}
		}
		return nil
	}
	r.Stream, r.Length = s.Open(), s.Length
	if end, ok := ctx.Deadline(); ok {
		r.Timeout = time.Until(end)
	}
	return nil
}

// Prepares implements adapter.Preparer.
func (k *Sink) Prepares(messageType string) bool {
	r := k.route(messageType)
	return r != nil && r.put != nil
}

// Prepare implements adapter.Preparer: each material is put to its own address.
// An answer of 2xx, or 409 for what is there already, is the receiver's word that
// it has it.
func (k *Sink) Prepare(ctx context.Context, m adapter.Message) error {
	r := k.route(m.Type)
	values := k.values(m)
	for _, one := range m.Materials {
		if k.put.has(m.Key+one.SHA256, k.now()) {
			continue
		}
		u, err := k.secrets.URL(k.config.url, r.put, nil, func(name, arg string) (string, bool) {
			if name == "sha256" {
				return one.SHA256, true
			}
			return values(name, arg)
		})
		if err != nil {
			return unfit("put material", err)
		}
		if err := k.putOne(ctx, m, one, u); err != nil {
			return fmt.Errorf("put material %s: %w", one.SHA256, err)
		}
		k.put.add(m.Key+one.SHA256, k.now())
	}
	return nil
}

func (k *Sink) putOne(ctx context.Context, m adapter.Message, one adapter.Material, u *url.URL) error {
	request := client.Request{Method: http.MethodPut, URL: u, Header: http.Header{"Accept": {"*/*"}, "Content-Type": {"application/octet-stream"}}}
	if err := k.secrets.SetHeaders(request.Header, k.config.headers, k.values(m)); err != nil {
		return unfit("headers", err)
	}
	request.Header.Set("Idempotency-Key", one.SHA256)
	a, err := k.exchange(ctx, request, attach.Whole(one, m.Open))
	if err != nil {
		return err
	}
	if a.Status/100 == 2 || a.Status == http.StatusConflict {
		return nil
	}
	_, err = k.judge.Answer(nil, a, m.Key)
	if err == nil {
		err = errors.New("the answer says nothing")
	}
	return err
}

// recent remembers for a while what was put, so that a message whose own request
// failed does not bring all its materials again. Forgetting costs only time.
type recent struct {
	mu sync.Mutex // guards at
	at map[string]time.Time
}

// What recent remembers at most.
const (
	mostRecent  = 1000
	recentLasts = time.Hour
)

func (r *recent) has(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.at[key]
	return ok && now.Sub(at) < recentLasts
}

func (r *recent) add(key string, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.at == nil || len(r.at) >= mostRecent {
		r.at = map[string]time.Time{}
	}
	r.at[key] = now
}

var _ adapter.Preparer = (*Sink)(nil)
