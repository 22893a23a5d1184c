package soap

import (
	"crypto/rand"
	"crypto/sha1" // WS-Security's PasswordDigest is SHA-1 by its specification
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/beevik/etree"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/settings"
	"duijie/internal/codec"
)

// Names of OASIS WS-Security 1.0 and its UsernameToken profile.
const (
	wss            = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
	wsseNamespace  = wss + "wssecurity-secext-1.0.xsd"
	wsuNamespace   = wss + "wssecurity-utility-1.0.xsd"
	passwordText   = wss + "username-token-profile-1.0#PasswordText"
	passwordDigest = wss + "username-token-profile-1.0#PasswordDigest"
	base64Binary   = wss + "soap-message-security-1.0#Base64Binary"
)

// security is a wsse: mapping, checked and without its secret.
type security struct {
	user      string
	password  settings.Secret
	digest    bool
	tolerance time.Duration // source: of the clock; nonces are remembered as long
}

// parseSecurity reads wsse; nil where there is none.
func parseSecurity(m *settings.Map) *security {
	n := m.Node("wsse")
	if settings.IsNull(n) {
		return nil
	}
	in := m.Reader.Map(n)
	s := &security{user: in.Required("user"), password: in.Secret("password"), digest: in.Bool("digest", false),
		tolerance: in.Duration("tolerance", 5*time.Minute)}
	if !in.Has("password") {
		in.Add(n, "error", "missing", "password is missing")
	}
	in.End()
	return s
}

// token is a bound UsernameToken: who says so, or who must say so.
type token struct {
	user, password string
	digest         bool
	tolerance      time.Duration
	now            func() time.Time
	replay         *auth.Replay
}

// bind fetches the password; nil where the settings have no wsse.
func (s *security) bind(d adapter.Deps) (*token, error) {
	if s == nil {
		return nil, nil
	}
	password, err := s.password.Value(d)
	if err != nil {
		return nil, err
	}
	t := &token{user: s.user, password: password, digest: s.digest, tolerance: s.tolerance, now: d.Now, replay: auth.NewReplay(s.tolerance)}
	if t.now == nil {
		t.now = time.Now
	}
	return t, nil
}

// header is the Security header of one request; "" without a token.
func (t *token) header() string {
	if t == nil {
		return ""
	}
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	created := t.now().UTC().Format("2006-01-02T15:04:05.000Z")
	kind, password := passwordText, t.password
	if t.digest {
		kind, password = passwordDigest, digest(nonce[:], created, t.password)
	}
	out := []byte(`<wsse:Security xmlns:wsse="` + wsseNamespace + `" xmlns:wsu="` + wsuNamespace + `"><wsse:UsernameToken><wsse:Username>`)
	out = append(codec.AppendXMLText(out, t.user), `</wsse:Username><wsse:Password Type="`+kind+`">`...)
	out = append(codec.AppendXMLText(out, password), `</wsse:Password><wsse:Nonce EncodingType="`+base64Binary+`">`...)
	out = append(out, base64.StdEncoding.EncodeToString(nonce[:])...)
	return string(append(out, "</wsse:Nonce><wsu:Created>"+created+"</wsu:Created></wsse:UsernameToken></wsse:Security>"...))
}

// digest is Base64(SHA-1(nonce + created + password)).
func digest(nonce []byte, created, password string) string {
	sum := sha1.Sum(append(append(append([]byte{}, nonce...), created...), password...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

var (
	errNoToken = errors.New("caller is not proven: no UsernameToken")
	errToken   = errors.New("caller is not proven: credentials do not fit")
	errDigest  = errors.New("caller is not proven: a password digest is asked for")
	errClock   = errors.New("caller is not proven: time stamp is outside the tolerance")
	errReplay  = errors.New("caller is not proven: nonce was seen before")
)

// verify checks the Security header of an envelope; nil proves every caller.
// undo lets the same token come again: its message was not taken.
func (t *token) verify(header *etree.Element) (undo func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	said := userToken(header)
	if said == nil {
		return nil, errNoToken
	}
	password := child(said, "Password")
	known := subtle.ConstantTimeCompare([]byte(text(child(said, "Username"))), []byte(t.user)) == 1
	if password.SelectAttrValue("Type", passwordText) != passwordDigest {
		switch fits := subtle.ConstantTimeCompare([]byte(text(password)), []byte(t.password)) == 1; {
		case t.digest:
			return nil, errDigest
		case !known || !fits:
			return nil, errToken
		}
		return func() {}, nil
	}
	nonce, err := base64.StdEncoding.DecodeString(trimmed(child(said, "Nonce")))
	created := trimmed(child(said, "Created"))
	fits := subtle.ConstantTimeCompare([]byte(trimmed(password)), []byte(digest(nonce, created, t.password))) == 1
	if err != nil || len(nonce) == 0 || !known || !fits {
		return nil, errToken
	}
	return t.fresh(string(nonce), created)
}

// fresh checks stamp and nonce, once the digest is known to fit.
func (t *token) fresh(nonce, created string) (func(), error) {
	at, err := time.Parse(time.RFC3339Nano, created)
	if err != nil {
		at, err = time.Parse("2006-01-02T15:04:05.999999999", created) // without a zone: UTC, as WS-Security has it
	}
	now := t.now()
	if d := now.Sub(at).Abs(); err != nil || d > t.tolerance+time.Second {
		return nil, errClock
	}
	if !t.replay.Take(nonce, now) {
		return nil, errReplay
	}
	return func() { t.replay.Forget(nonce) }, nil
}

// userToken finds the UsernameToken with a password; nil where there is none.
func userToken(header *etree.Element) *etree.Element {
	if header == nil {
		return nil
	}
	for _, s := range header.ChildElements() {
		if s.Tag != "Security" || s.NamespaceURI() != wsseNamespace {
			continue
		}
		if u := child(s, "UsernameToken"); child(u, "Password") != nil {
			return u
		}
	}
	return nil
}

func trimmed(e *etree.Element) string { return strings.TrimSpace(text(e)) }
