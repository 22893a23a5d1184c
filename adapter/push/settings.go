package push

import (
	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/incoming"
	"duijie/adapter/settings"
)

// config is a push source's mapping, checked and without its secrets.
type config struct {
	auth      *auth.Spec
	endpoints map[string]*incoming.Endpoint
	ok, bad   *answer // nil: 200 {"receipt"} and problem documents
}

func parse(s adapter.Settings) (*config, *settings.Reader) {
	r := &settings.Reader{File: s.File}
	m := r.Map(s.Node)
	m.Node("kind")
	m.Node("codec") // read by the pack
	c := &config{auth: auth.Parse(r, m.Node("auth")), endpoints: map[string]*incoming.Endpoint{}}
	if c.auth.Kind == "oauth2" {
		m.Add(m.Place("auth"), "error", "bad-value", "a push source cannot verify oauth2")
	}
	own := m.Map("settings")
	own.Enum("envelope", "none", "none")
	own.End()
	in := m.Map("endpoints")
	if len(in.Keys()) == 0 {
		m.Add(m.Place("endpoints"), "error", "missing", "endpoints are missing")
	}
	for _, name := range in.Keys() {
		one := in.Map(name)
		c.endpoints[name] = incoming.Parse(name, one)
		one.End()
	}
	if m.Has("answer") {
		a := m.Map("answer")
		c.ok, c.bad = parseAnswer(a, "ok", s.Codec), parseAnswer(a, "error", s.Codec)
		a.End()
	}
	m.End()
	return c, r
}
