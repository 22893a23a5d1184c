package auth

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
)

// TLS is a tls: mapping beside auth, for mutual TLS and own authorities.
type TLS struct {
	ca, cert, serverName string
	key                  settings.Secret
}

// ParseTLS reads a tls: mapping; nil where there is none. ca and cert are PEM
// text or secret:NAME, key is always a secret.
func ParseTLS(r *settings.Reader, n *yaml.Node) *TLS {
	if settings.IsNull(n) {
		return nil
	}
	m := r.Map(n)
	t := &TLS{ca: m.String("ca"), cert: m.String("cert"), key: m.Secret("key"), serverName: m.String("serverName")}
	for _, k := range []string{"ca", "cert"} {
		m.Literal(k)
	}
	if (t.cert == "") != !m.Has("key") {
		m.Add(m.At, "error", "bad-value", "cert and key go together")
	}
	m.End()
	return t
}

// Config binds the secrets; nil means the system's own roots and no certificate.
func (t *TLS) Config(d adapter.Deps) (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	from := &secrets{deps: d}
	pem := func(s string) []byte {
		if text, secret := fixed(s); secret == "" {
			return []byte(text)
		} else {
			return []byte(from.value(secret))
		}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.serverName}
	if t.ca != "" {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem(t.ca)) && from.err == nil {
			return nil, errors.New("tls: ca holds no certificate")
		}
	}
	if t.cert != "" {
		cert, key := pem(t.cert), from.value(t.key)
		if from.err != nil {
			return nil, fmt.Errorf("tls: %w", from.err)
		}
		pair, err := tls.X509KeyPair(cert, []byte(key))
		if err != nil {
			return nil, errors.New("tls: cert and key do not fit together")
		}
		c.Certificates = []tls.Certificate{pair}
	}
	if from.err != nil {
		return nil, fmt.Errorf("tls: %w", from.err)
	}
	return c, nil
}
