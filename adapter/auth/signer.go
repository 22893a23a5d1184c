package auth

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"duijie/adapter"
	"duijie/adapter/client"
	"duijie/adapter/template"
)

// Signer adds the proof to requests on their way out.
type Signer struct {
	spec     *Spec
	charset  string // of the documents
	now      func() time.Time
	keys     keys
	fixed    map[string]string // values of put that are secrets, by name
	header   string            // none but for basic and bearer: name and value
	value    string
	exchange *exchange
}

// Signer binds the secrets. charset is that of the documents; calls asks the
// token endpoint of oauth2.
func (s *Spec) Signer(d adapter.Deps, charset string, calls *client.Client) (*Signer, error) {
	from := &secrets{deps: d}
	out := &Signer{spec: s, charset: charset, now: d.Now, fixed: map[string]string{}}
	if out.now == nil {
		out.now = time.Now
	}
	switch s.Kind {
	case "basic":
		out.header, out.value = "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(s.user+":"+from.value(s.password)))
	case "bearer":
		out.header, out.value = bearer(s.header, from.value(s.token))
	case "oauth2":
		id := s.client
		if s.secretClient != "" {
			id = from.value(s.secretClient)
		}
		out.exchange = &exchange{url: s.url, id: id, secret: from.value(s.secret), scope: s.scope, calls: calls, now: out.now}
	case "sign":
		text := from.value(s.key)
		if from.err == nil {
			out.keys, from.err = s.algorithm.parse(text)
		}
		for _, list := range [][]put{s.headers, s.query, s.form} {
			for _, p := range list {
				if p.secret != "" {
					out.fixed[p.name] = from.value(p.secret)
				}
			}
		}
	}
	if from.err != nil {
		return nil, fmt.Errorf("auth: %w", from.err)
	}
	if out.value != "" {
		if _, why := template.Header(out.value); why != "" {
			return nil, fmt.Errorf("auth: secret %s", why)
		}
	}
	return out, nil
}

func bearer(header, token string) (name, value string) {
	if header == "" || http.CanonicalHeaderKey(header) == "Authorization" {
		return "Authorization", "Bearer " + token
	}
	return header, token
}

// Apply adds the proof to a request; what it changes is what goes out.
func (s *Signer) Apply(ctx context.Context, r *client.Request) error {
	if r.Header == nil {
		r.Header = http.Header{}
	}
	switch s.spec.Kind {
	case "basic", "bearer":
		r.Header.Set(s.header, s.value)
	case "oauth2":
		token, err := s.exchange.token(ctx)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
	case "sign":
		return s.sign(r)
	}
	return nil
}

// Covers tells whether the proof may cover the body, which must then be there whole.
func (s *Signer) Covers() bool { return s.spec.Kind == "sign" }

// Renew is called after a 401: it tells whether another try could fare better,
// and gets a new token for it unless another attempt already did.
func (s *Signer) Renew(r *client.Request) bool {
	return s.spec.Kind == "oauth2" && s.exchange.drop(r.Header.Get("Authorization"))
}

// sign fills put, all but the signature, then signs, then puts the signature last.
func (s *Signer) sign(r *client.Request) error {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	ts, nonce := s.spec.stamp(s.now()), hex.EncodeToString(random[:])
	sum := ""
	fill := func(signature bool) error {
		for _, one := range []struct {
			list []put
			set  func(name, value string)
		}{
			{s.spec.headers, func(n, v string) { r.Header[http.CanonicalHeaderKey(n)] = []string{v} }},
			{s.spec.query, func(n, v string) {
				u := *r.URL
				u.RawQuery = add(u.RawQuery, n, v, s.charset)
				r.URL = &u
			}},
			{s.spec.form, func(n, v string) { r.Body = []byte(add(string(r.Body), n, v, s.charset)) }},
		} {
			for _, p := range one.list {
				if p.signs() != signature {
					continue
				}
				v, err := s.filled(p, ts, nonce, sum)
				if err != nil {
					return err
				}
				one.set(p.name, v)
			}
		}
		return nil
	}
	if err := fill(false); err != nil {
		return err
	}
	text, err := s.spec.signed(message{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header, body: r.Body, charset: s.charset}, s.keys, ts, nonce)
	if err != nil { // a value that the signature's charset cannot hold: no repeat will change that
		return &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: fmt.Errorf("auth: signed string: %w", err)}
	}
	raw, err := s.spec.algorithm.sum(s.keys, text)
	if err != nil {
		return adapter.Trouble("signing-key", fmt.Errorf("auth: %w", err))
	}
	sum = encode(raw, s.spec.encoding)
	return fill(true)
}

func (s *Signer) filled(p put, ts, nonce, sum string) (string, error) {
	if p.secret != "" {
		return s.fixed[p.name], nil
	}
	return p.value.Render(template.Header, func(name, _ string) (string, bool) {
		switch name {
		case "ts":
			return ts, true
		case "nonce":
			return nonce, true
		}
		return sum, true
	})
}
