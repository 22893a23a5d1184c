package push

import (
	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/envelope"
	"duijie/adapter/incoming"
	"duijie/adapter/settings"
)

// config is a push source's mapping, checked and without its secrets.
type config struct {
	auth      *auth.Spec
	endpoints map[string]*incoming.Endpoint
	ok, bad   *answer        // nil: 200 {"receipt"} and problem documents
	envelope  *envelope.Spec // nil: none
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
	pulled, sm := besidePull(s)
	c.envelope = envelope.Read(own, sm)
	own.End()
	in := m.Map("endpoints")
	if len(in.Keys()) == 0 {
		m.Add(m.Place("endpoints"), "error", "missing", "endpoints are missing")
	}
	for _, name := range in.Keys() {
		if pulled && (name == "pull" || name == "confirm") {
			in.Add(in.Place(name), "error", "bad-value", "endpoint %s is the pull sink's", name)
		}
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

// besidePull tells whether the sink is a pull sink, and what keys its envelope has.
func besidePull(s adapter.Settings) (yes bool, sm *yaml.Node) {
	quiet := &settings.Reader{File: s.File}
	sink := quiet.Map(s.SinkNode)
	if sink.String("kind") != "pull" {
		return false, nil
	}
	return true, sink.Map("settings").Node("sm")
}
