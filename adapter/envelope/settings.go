package envelope

import (
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
)

// Spec is a settings.sm: mapping, checked and without its keys.
type Spec struct {
	own, peer settings.Secret
	cipher    string // asn1 c1c3c2 c1c2c3
	signature string // asn1 rs
	mode      string // cbc gcm
	uid       string
	tolerance time.Duration
}

// Read reads `envelope:` and `sm:` of a settings mapping; nil where the envelope
// is none. otherwise stands in for an sm: that is not there; it may be nil.
func Read(m *settings.Map, otherwise *yaml.Node) *Spec {
	wanted := m.Enum("envelope", "none", "none", "sm") == "sm"
	n := m.Node("sm")
	if settings.IsNull(n) {
		n = otherwise
	}
	s := parse(m.Reader.Map(n), wanted, m.Place("envelope"))
	if !wanted {
		return nil
	}
	return s
}

func parse(m *settings.Map, wanted bool, at *yaml.Node) *Spec {
	s := &Spec{
		own: m.Secret("own"), peer: m.Secret("peer"),
		cipher:    m.Enum("cipher", "asn1", "asn1", "c1c3c2", "c1c2c3"),
		signature: m.Enum("signature", "asn1", "asn1", "rs"),
		mode:      m.Enum("mode", "cbc", "cbc", "gcm"),
		uid:       m.String("uid"),
		tolerance: m.Duration("tolerance", 5*time.Minute),
	}
	if s.uid == "" {
		s.uid = "1234567812345678"
	}
	if m.At != nil {
		at = m.At
	}
	for _, key := range []string{"own", "peer"} {
		if wanted && !m.Has(key) {
			m.Add(at, "error", "missing", "sm.%s is missing: the envelope needs our private and the peer's public key", key)
		}
	}
	m.End()
	return s
}

// Bind fetches the keys.
func (s *Spec) Bind(d adapter.Deps) (*Envelope, error) {
	own, err := s.own.Value(d)
	if err != nil {
		return nil, err
	}
	peer, err := s.peer.Value(d)
	if err != nil {
		return nil, err
	}
	return bind(*s, d, own, peer)
}
