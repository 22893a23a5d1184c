// Package auth proves who is calling, both ways: it adds to a request what a
// local system asks for (none, basic, bearer, oauth2, a signature), and it
// checks the same on what a local system sends to a push source.
//
// It promises that both sides build the same string from the bytes as they are
// on the wire, that secrets are compared in constant time and never printed, that
// a nonce is taken once within the clock tolerance, and that its memory is
// bounded. Nothing is parsed before it is proven. Signer and Verifier may be used
// by many goroutines at once.
package auth

import (
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

// Spec is an auth: mapping, checked and without its secrets.
type Spec struct {
	Kind string // none basic bearer oauth2 sign

	user           string          // basic
	password       settings.Secret // basic
	token          settings.Secret // bearer
	header         string          // bearer: where it is not Authorization
	url            string          // oauth2
	client, scope  string          // oauth2
	secret         settings.Secret // oauth2
	secretClient   settings.Secret // oauth2: where client is a secret too
	algorithm      algorithm
	key            settings.Secret
	text           *template.Template // what is signed
	charset        string
	encoding       string
	ts             string
	tolerance      time.Duration
	headers, query []put
	form           []put
}

// put is one place that a signature fills: a fixed value or a template of {ts} {nonce} {sign}.
type put struct {
	name   string
	value  *template.Template
	secret settings.Secret // the fixed value is a secret
}

func (p put) signs() bool { return p.value != nil && p.value.Uses("sign") }

// Parse reads an auth: mapping; nil is none. Findings are the reader's.
func Parse(r *settings.Reader, n *yaml.Node) *Spec {
	s := &Spec{Kind: "none"}
	if settings.IsNull(n) {
		return s
	}
	m := r.Map(n)
	s.Kind = m.Enum("kind", "none", "none", "basic", "bearer", "oauth2", "sign")
	need := func(key string) settings.Secret {
		v := m.Secret(key)
		if !m.Has(key) {
			m.Add(m.At, "error", "missing", "%s is missing", key)
		}
		return v
	}
	switch s.Kind {
	case "basic":
		s.user, s.password = m.Required("user"), need("password")
	case "bearer":
		s.token, s.header = need("token"), m.String("header")
	case "oauth2":
		s.url, s.scope, s.secret = m.Required("url"), m.String("scope"), need("secret")
		s.client, s.secretClient = fixed(m.Required("client"))
	case "sign":
		s.sign(m, need)
	}
	m.End()
	return s
}

func (s *Spec) sign(m *settings.Map, need func(string) settings.Secret) {
	s.algorithm = algorithm(m.Enum("algorithm", "sm3", "sm3", "md5", "sha256", "hmac-sha256", "hmac-sm3", "sm2"))
	s.key = need("key")
	var err error
	s.text, err = template.Compile(m.Required("string"), "params", "values", "body", "bodyhash", "method", "path", "query", "ts", "nonce", "key", "header")
	if err != nil {
		m.Add(m.Place("string"), "error", "bad-value", "%s", err)
	}
	s.charset = m.Enum("charset", "UTF-8", "UTF-8", "GBK", "GB18030")
	s.encoding = m.Enum("encoding", "hex", "hex", "HEX", "base64")
	s.ts = m.String("ts")
	if s.ts == "" {
		s.ts = "unix"
	}
	if s.ts != "unix" && s.ts != "unixms" {
		if err := template.CheckPattern(s.ts); err != nil {
			m.Add(m.Place("ts"), "error", "bad-value", "%s", err)
		}
	}
	s.tolerance = m.Duration("tolerance", 5*time.Minute)
	in := m.Map("put")
	signs := 0
	read := func(key string) []put {
		var out []put
		fields := in.Map(key)
		for _, name := range fields.Keys() {
			p := put{name: name}
			var text string
			if text, p.secret = fixed(fields.String(name)); p.secret == "" {
				fields.Literal(name)
				if p.value, err = template.Compile(text, "ts", "nonce", "sign"); err != nil {
					fields.Add(fields.Place(name), "error", "bad-value", "%s", err)
				}
			}
			if p.signs() {
				signs++
			}
			out = append(out, p)
		}
		return out
	}
	s.headers, s.query, s.form = read("headers"), read("query"), read("form")
	in.End()
	if signs != 1 {
		m.Add(m.Place("put"), "error", "bad-value", "put must give {sign} one place, gives %d", signs)
	}
}

// fixed tells a plain value from a secret:NAME.
func fixed(s string) (text string, secret settings.Secret) {
	const prefix = "secret:"
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return "", settings.Secret(s[len(prefix):])
	}
	return s, ""
}

// secrets gathers the values of a spec and the first error.
type secrets struct {
	deps adapter.Deps
	err  error
}

func (s *secrets) value(name settings.Secret) string {
	v, err := name.Value(s.deps)
	if err != nil && s.err == nil {
		s.err = err
	}
	return v
}
