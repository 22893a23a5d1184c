package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"path/filepath"
	"time"

	"duijie/adapter"
	"duijie/adapter/kinds"
	"duijie/internal/config"
	"duijie/internal/deadline"
	"duijie/internal/gateway"
	"duijie/internal/pack"
	"duijie/internal/sm"
)

// errRefused says that a configuration has errors; they are in the findings.
var errRefused = errors.New("the configuration has errors")

// packsDir is where the last packs that compiled are kept, beside the store.
func packsDir(c *config.Config) string { return filepath.Join(c.Data, "packs") }

// buildSetup makes units and senders of a checked configuration. strict refuses
// a pack that does not compile (a reload); else its unit starts broken, with the
// last pack that compiled where one is kept (a start).
func buildSetup(c *config.Config, lent lender, strict bool, log *slog.Logger) (gateway.Setup, []gateway.Finding, error) {
	var s gateway.Setup
	var findings []gateway.Finding
	refused := false
	for _, u := range c.Units {
		spec, found, err := buildUnit(c, u, lent, log)
		findings = append(findings, found...)
		if open := openLocal(found); open != nil {
			return s, findings, notWell(fmt.Errorf("unit %s: %w", u.Code, open))
		}
		if err != nil {
			refused = true
			log.Error("unit is broken", "unit", u.Code, "error", err)
		}
		s.Units = append(s.Units, spec)
	}
	for _, sender := range c.Senders {
		spec, err := buildSender(c, sender)
		if err != nil {
			return s, findings, err
		}
		s.Senders = append(s.Senders, spec)
	}
	if refused && strict {
		return s, findings, errRefused
	}
	return s, findings, nil
}

// openLocal refuses what anybody could call from outside this machine.
func openLocal(fs []gateway.Finding) error {
	for _, f := range fs {
		if f.Code == "open-local" {
			return errors.New(f.Message)
		}
	}
	return nil
}

// buildUnit gives a broken unit (Pack nil or Stale) with the error that says why.
func buildUnit(c *config.Config, u config.Unit, lent lender, log *slog.Logger) (gateway.UnitSpec, []gateway.Finding, error) {
	spec := gateway.UnitSpec{Code: u.Code, Name: u.Code, Mode: u.Mode, Since: u.Since, Shadow: u.Shadow}
	for _, p := range u.From {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return spec, nil, fmt.Errorf("unit %s: from: %w", u.Code, err)
		}
		spec.From = append(spec.From, prefix)
	}
	p, findings, err := loadPack(c, u)
	if err != nil {
		kept, keptErr := pack.LoadSnapshot(u.Pack, packsDir(c), kinds.Find)
		if keptErr != nil {
			return spec, findings, errors.Join(err, keptErr)
		}
		p, spec.Stale = kept, true
	}
	spec.Name = p.Title
	sink, source, buildErr := buildEnds(c, u, p, lent, log)
	if buildErr != nil {
		return spec, findings, errors.Join(err, buildErr)
	}
	spec.Pack, spec.Sink, spec.Source = p, sink, source
	if err == nil {
		if err := p.Snapshot(packsDir(c)); err != nil {
			log.Warn("the pack could not be kept beside the store", "unit", u.Code, "error", err)
		}
	}
	return spec, findings, err
}

// loadPack finds and checks a unit's pack.
func loadPack(c *config.Config, u config.Unit) (*pack.Pack, []gateway.Finding, error) {
	dir, fsys, ok := pack.Find(u.Pack, c.Packs)
	if !ok {
		return nil, nil, fmt.Errorf("pack %s: %w", u.Pack, fs.ErrNotExist)
	}
	p, found := pack.Load(dir, fsys, kinds.Find)
	if p != nil && !pack.Failed(found) {
		found = append(found, p.CheckUse(packUse(c, u))...)
	}
	findings := make([]gateway.Finding, len(found))
	for i, f := range found {
		findings[i] = gateway.Finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint}
	}
	if p == nil || pack.Failed(found) {
		return nil, findings, fmt.Errorf("pack %s does not compile: %s", u.Pack, firstError(found))
	}
	return p, findings, nil
}

func packUse(c *config.Config, u config.Unit) pack.Use {
	return pack.Use{File: c.Name(), Line: u.Line, Col: u.Col, Settings: u.Settings, Secrets: u.Secrets,
		Loopback: config.Loopback(c.Listen), Mutual: u.Certificate != "" && c.TLS.ClientCA != ""}
}

func firstError(fs []pack.Finding) string {
	for _, f := range fs {
		if f.Severity == "error" {
			return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Col, f.Code, f.Message)
		}
	}
	return "no file"
}

// buildEnds makes a unit's sink and source; nil where the pack has none.
func buildEnds(c *config.Config, u config.Unit, p *pack.Pack, lent lender, log *slog.Logger) (adapter.Sink, adapter.Source, error) {
	deps := adapter.Deps{
		Unit:   u.Code,
		Secret: func(name string) (string, error) { return c.UnitSecret(u.Code, name) },
		Allow:  u.Allow, Exchange: c.Exchange, PublicPath: c.PublicPath, Memory: lent.memory, Materials: lent.keeper(u.Code),
		Now: time.Now, Log: log.With("unit", u.Code),
	}
	var sink adapter.Sink
	var source adapter.Source
	if kind, ok := kinds.Find(p.SinkKind); ok && kind.Sink != nil {
		var err error
		if sink, err = kind.Sink(p.SinkSettings(u.Settings), deps); err != nil {
			return nil, nil, fmt.Errorf("unit %s: sink: %w", u.Code, err)
		}
	}
	if kind, ok := kinds.Find(p.SourceKind); ok && kind.Source != nil {
		var err error
		if source, err = kind.Source(p.SourceSettings(u.Settings), deps); err != nil {
			return nil, nil, fmt.Errorf("unit %s: source: %w", u.Code, err)
		}
	}
	return sink, source, nil
}

// buildSender resolves a sender's keys.
func buildSender(c *config.Config, s config.Sender) (gateway.SenderSpec, error) {
	spec := gateway.SenderSpec{Source: s.Source, Units: s.Units, Certificate: s.Certificate}
	if s.Verify.Scheme == "none" || s.Verify.Scheme == "" {
		return spec, nil
	}
	var keys []sm.Key
	for _, ref := range s.Verify.Keys {
		key, err := loadKey(c, s.Verify.Scheme, ref)
		if err != nil {
			return spec, tip("secret", fmt.Errorf("sender %s: %w", s.Source, err))
		}
		keys = append(keys, key)
	}
	tolerance := s.Verify.Tolerance
	spec.Verify = func(sig gateway.Signature, payload []byte, now time.Time) error {
		return sm.Verify(sig.Signature, keys, sig.ID, sig.Timestamp, payload, now, tolerance)
	}
	return spec, nil
}

func loadKey(c *config.Config, scheme, ref string) (sm.Key, error) {
	text, err := c.Secret(ref)
	if err != nil {
		return sm.Key{}, err
	}
	key, err := sm.ParseKey(scheme, text)
	if err != nil {
		return sm.Key{}, fmt.Errorf("key %s: %w", ref, err)
	}
	return key, nil
}

// reloader reads the file again and builds a new setup, whole or not at all.
func reloader(path string, lent lender, log *slog.Logger) func(context.Context) (gateway.Setup, []gateway.Finding, error) {
	return func(context.Context) (gateway.Setup, []gateway.Finding, error) {
		c, found := config.Load(path)
		findings := make([]gateway.Finding, len(found))
		for i, f := range found {
			findings[i] = gateway.Finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint}
		}
		if c == nil || config.Failed(found) {
			return gateway.Setup{}, findings, errRefused
		}
		s, more, err := buildSetup(c, lent, true, log)
		return s, append(findings, more...), err
	}
}

// clockRule is the lengths of the cases' clocks, the law's unless configured, and
// the working-day calendar.
func clockRule(c *config.Config) deadline.Rule {
	lengths := deadline.Defaults()
	for name, text := range c.Deadlines {
		if l, err := deadline.ParseLength(text); err == nil { // config refused what is none
			lengths[name] = l
		}
	}
	years := deadline.Published() // a year of the file's own stands in the built-in one's place, whole
	for year, y := range c.Calendar {
		years[year] = deadline.Year{Holidays: y.Holidays, Workdays: y.Workdays}
	}
	return deadline.Rule{Lengths: lengths, Calendar: deadline.NewCalendar(years)}
}
