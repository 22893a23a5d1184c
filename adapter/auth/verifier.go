package auth

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/template"
)

// ErrRefused wraps every refusal of Verify.
var (
	ErrRefused = errors.New("caller is not proven")
	errClock   = fmt.Errorf("%w: time stamp is outside the tolerance", ErrRefused)
	errReplay  = fmt.Errorf("%w: nonce was seen before", ErrRefused)
	errSign    = fmt.Errorf("%w: signature does not fit", ErrRefused)
	errParts   = fmt.Errorf("%w: a part of the signature is missing", ErrRefused)
	errSecret  = fmt.Errorf("%w: credentials do not fit", ErrRefused)
)

// Verifier checks what a local system sends.
type Verifier struct {
	signer *Signer // the same secrets; of basic and bearer the very header to expect
	nonces *nonces
	parts  map[string]*regexp.Regexp // of put's templates, by source
}

// Verifier binds the secrets for a push source; oauth2 cannot be verified.
func (s *Spec) Verifier(d adapter.Deps, charset string) (*Verifier, error) {
	if s.Kind == "oauth2" {
		return nil, errors.New("auth: a push source cannot verify oauth2")
	}
	signer, err := s.Signer(d, charset, nil)
	if err != nil {
		return nil, err
	}
	v := &Verifier{signer: signer, nonces: &nonces{span: 2 * s.tolerance}, parts: map[string]*regexp.Regexp{}}
	for _, list := range [][]put{s.headers, s.query, s.form} {
		for _, p := range list {
			if p.value != nil {
				v.parts[p.value.Source()] = pattern(p.value.Source())
			}
		}
	}
	return v, nil
}

// pattern turns "ts={ts};sign={sign}" into a pattern with groups of these names.
func pattern(source string) *regexp.Regexp {
	text := regexp.QuoteMeta(source)
	for _, name := range []string{"ts", "nonce", "sign"} {
		group := "(?P<" + name + ">.+?)"
		text = strings.Replace(text, `\{`+name+`\}`, group, 1)
		text = strings.ReplaceAll(text, `\{`+name+`\}`, ".+?")
	}
	return regexp.MustCompile("^" + text + "$")
}

// Verify checks a request's raw bytes. undo makes a nonce usable again; call it
// where the request was proven but could not be taken.
func (v *Verifier) Verify(r *http.Request, body []byte) (undo func(), err error) {
	switch v.signer.spec.Kind {
	case "basic", "bearer":
		if subtle.ConstantTimeCompare([]byte(r.Header.Get(v.signer.header)), []byte(v.signer.value)) != 1 {
			return nil, errSecret
		}
	case "sign":
		return v.verify(r, body)
	}
	return func() {}, nil
}

func (v *Verifier) verify(r *http.Request, body []byte) (func(), error) {
	s := v.signer.spec
	m := message{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, header: r.Header, body: body, charset: v.signer.charset}
	found := map[string]string{}
	if err := v.find(m, found); err != nil {
		return nil, err
	}
	if found["sign"] == "" {
		return nil, errParts
	}
	// The signature was put last: the string was made without it.
	name := s.signField()
	for _, p := range s.query {
		if p.signs() {
			m.query = without(m.query, name)
		}
	}
	for _, p := range s.form {
		if p.signs() {
			m.body = []byte(without(string(m.body), name))
		}
	}
	text, err := s.signed(m, v.signer.keys, found["ts"], found["nonce"])
	if err != nil || !s.algorithm.verify(v.signer.keys, text, s.encoding, found["sign"]) {
		return nil, errSign
	}
	return v.fresh(found)
}

// fresh checks stamp and nonce, once the signature is known to fit.
func (v *Verifier) fresh(found map[string]string) (func(), error) {
	now := v.signer.now()
	if ts, ok := found["ts"]; ok {
		at, err := v.signer.spec.read(ts)
		if err != nil {
			return nil, errClock
		}
		if d := now.Sub(at); d > v.signer.spec.tolerance+time.Second || -d > v.signer.spec.tolerance+time.Second {
			return nil, errClock
		}
	}
	nonce, ok := found["nonce"]
	if !ok {
		return func() {}, nil
	}
	if len(nonce) > maxNonce {
		return nil, errParts
	}
	if !v.nonces.take(nonce, now) {
		return nil, errReplay
	}
	return func() { v.nonces.forget(nonce) }, nil
}

// find takes the parts from where put says, and compares its fixed values.
func (v *Verifier) find(m message, found map[string]string) error {
	s := v.signer.spec
	first := func(list []field, name string) string {
		for _, f := range list {
			if f.name == name {
				return f.value
			}
		}
		return ""
	}
	query, form := pairs(m.query, m.charset), pairs(string(m.body), m.charset)
	for _, one := range []struct {
		list []put
		get  func(string) string
	}{
		{s.headers, m.header.Get},
		{s.query, func(n string) string { return first(query, n) }},
		{s.form, func(n string) string { return first(form, n) }},
	} {
		for _, p := range one.list {
			if err := v.part(p, one.get(p.name), found); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *Verifier) part(p put, got string, found map[string]string) error {
	if p.secret != "" || !p.value.Uses("ts") && !p.value.Uses("nonce") && !p.value.Uses("sign") {
		want := v.signer.fixed[p.name]
		if p.secret == "" {
			want, _ = p.value.Render(template.Raw, nil)
		}
		if subtle.ConstantTimeCompare([]byte(got), []byte(want)) != 1 {
			return errSecret
		}
		return nil
	}
	re := v.parts[p.value.Source()]
	groups := re.FindStringSubmatch(got)
	if groups == nil {
		return errParts
	}
	for i, name := range re.SubexpNames() {
		if name == "" {
			continue
		}
		if before, ok := found[name]; ok && before != groups[i] {
			return errParts
		}
		found[name] = groups[i]
	}
	return nil
}

// without takes a field out of a query or form, leaving the rest as sent.
func without(raw, name string) string {
	var out []string
	for _, one := range strings.Split(raw, "&") {
		if k, _, _ := strings.Cut(one, "="); unescape(k, "") != name {
			out = append(out, one)
		}
	}
	return strings.Join(out, "&")
}
