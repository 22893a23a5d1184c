package pull

import (
	"time"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/envelope"
	"duijie/adapter/settings"
)

// config is a pull sink's mapping, checked and without its secrets.
type config struct {
	auth      *auth.Spec
	max       int
	redeliver time.Duration
	envelope  *envelope.Spec // nil: none
	materials string
}

// most bounds max: an answer is made in memory.
const most = 1000

func parse(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	for _, k := range []string{"kind", "codec", "answer"} {
		m.Node(k) // read by the pack
	}
	c := &config{auth: auth.Parse(r, m.Node("auth"))}
	if c.auth.Kind == "oauth2" {
		m.Add(m.Place("auth"), "error", "bad-value", "a pull sink cannot verify oauth2")
	}
	c.materials = m.Enum("materials", "none", "none", "link")
	own := m.Map("settings")
	if c.max = own.Int("max", 50, 1); c.max > most {
		own.Add(own.Place("max"), "error", "bad-value", "max must not be over %d", most)
	}
	if c.redeliver = own.Duration("redeliver", 10*time.Minute); c.redeliver < time.Second {
		own.Add(own.Place("redeliver"), "error", "bad-value", "redeliver must be a second or longer")
	}
	c.envelope = envelope.Read(own, nil)
	own.End()
	m.End()
	return c, r
}
