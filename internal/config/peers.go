package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/internal/yamlnode"
)

const day = 24 * time.Hour

// unitCode is what a unit may be called: it stands in paths and file names.
func unitCode(s string) bool {
	ok := len(s) <= 64 && s != ""
	for i, r := range s {
		letter := r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		ok = ok && (letter || i > 0 && strings.ContainsRune("._:-", r))
	}
	return ok
}

func (l *loader) units(m *yamlnode.Map) {
	first := map[string]int{}
	for i, item := range m.List("units") {
		n := l.Map(item, index("units", i), "code", "pack", "mode", "since", "shadow", "settings", "secrets", "allow", "from", "certificate")
		u := Unit{Code: n.Need("code"), Pack: n.Need("pack"), Line: n.Node.Line, Col: n.Node.Column,
			Mode: n.OneOf("mode", "docked", "resident", "parallel", "docked"), Shadow: n.Bool("shadow", false),
			Allow: n.Texts("allow"), From: n.Networks("from"), Certificate: l.certificate(n)}
		if u.Code != "" && !unitCode(u.Code) {
			l.Error(n.At("code"), "bad-value", "a unit's code is 1 to 64 ASCII letters, digits, . _ : -")
		}
		if line := first[u.Code]; line > 0 {
			l.Error(n.At("code"), "duplicate", "this unit's code stands twice, first in line %d", line)
		} else if u.Code != "" {
			first[u.Code] = n.At("code").Line
		}
		if strings.ContainsAny(u.Pack, `/\`) || strings.HasPrefix(u.Pack, ".") {
			l.Error(n.At("pack"), "bad-value", "%s is the name of a pack's folder, no path", yamlnode.Join(n.Path, "pack"))
		}
		if n.Get("mode") == nil {
			l.Warn(n.Node, "missing", "%s is missing; docked is taken", yamlnode.Join(n.Path, "mode"))
		}
		u.Since = l.moment(n, "since")
		if u.Mode == "parallel" && n.Get("since") == nil {
			l.Error(n.At("mode"), "missing", "a parallel unit needs since: which cases still come over the platform")
		}
		if u.Shadow && u.Mode == "docked" {
			l.Warn(n.At("shadow"), "bad-value", "shadow rehearses resident and parallel units only; a docked one delivers")
		}
		if s := n.Get("settings"); s != nil {
			u.Settings = n.Map("settings").Node
		}
		u.Secrets = l.secrets(n)
		l.c.Units = append(l.c.Units, u)
	}
}

func (l *loader) secrets(n *yamlnode.Map) map[string]string {
	s := n.Map("secrets")
	out := map[string]string{}
	for _, name := range s.Keys() {
		if ref := l.reference(s, name); ref != "" {
			out[name] = ref
		}
	}
	return out
}

// moment is a time with its offset, zero where absent.
func (l *loader) moment(n *yamlnode.Map, key string) time.Time {
	s := n.Text(key, "")
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		l.Error(n.At(key), "bad-value", "%s must be a time such as 2026-11-01T00:00:00+08:00", yamlnode.Join(n.Path, key))
	}
	return t
}

func (l *loader) senders(m *yamlnode.Map) {
	first := map[string]int{}
	for i, item := range m.List("senders") {
		n := l.Map(item, index("senders", i), "source", "verify", "units", "certificate")
		s := Sender{Source: n.Need("source"), Units: n.Texts("units"), Certificate: l.certificate(n)}
		if line := first[s.Source]; line > 0 {
			l.Error(n.At("source"), "duplicate", "this sender's source stands twice, first in line %d", line)
		} else if s.Source != "" {
			first[s.Source] = n.At("source").Line
		}
		s.Verify = l.scheme(n, "verify")
		if n.Get("verify") == nil && s.Certificate == "" {
			l.Error(n.Node, "missing", "%s is missing", yamlnode.Join(n.Path, "verify"))
		}
		mutual := s.Certificate != "" && l.c.TLS.ClientCA != ""
		if s.Verify.Scheme == "none" && !Loopback(l.c.Listen) && !mutual {
			l.Error(n.At("verify"), "open-sender", "verify none is for a listener on loopback or a sender with a client certificate (mTLS) only")
		}
		if len(s.Units) == 0 {
			l.Warn(n.Node, "missing", "%s is empty: this sender may send for no unit", yamlnode.Join(n.Path, "units"))
		}
		for _, u := range s.Units {
			if u != "*" && !slices.ContainsFunc(l.c.Units, func(x Unit) bool { return x.Code == u }) {
				l.Warn(n.At("units"), "unknown-unit", "a sender may send for a unit that is not configured")
			}
		}
		l.c.Senders = append(l.c.Senders, s)
	}
	if len(l.c.Senders) == 0 {
		l.Warn(m.At("senders"), "missing", "there are no senders: nobody may push a message downward")
	}
}

func (l *loader) national(m *yamlnode.Map) National {
	n := m.Map("national", "url", "materials", "source", "sign", "retry", "limits", "kind", "settings", "routes", "reads")
	out := National{URL: l.link(n, "url"), Materials: l.link(n, "materials"), Source: n.Text("source", ""), Kind: n.OneOf("kind", "", "", "http", "file")}
	if out.Kind == "http" {
		out.Kind = ""
	}
	out.Sign = l.scheme(n, "sign")
	r := n.Map("retry", "initial", "max", "multiplier", "jitter")
	out.Retry = Retry{Initial: r.Duration("initial", 5*time.Second), Max: r.Duration("max", 10*time.Minute), Multiplier: r.Float("multiplier", 2), Jitter: r.Float("jitter", 0.3)}
	for _, problem := range CheckRetry(out.Retry) {
		l.Error(r.Node, "bad-value", "national.retry: %s", problem)
	}
	limits := n.Map("limits", "concurrency", "timeout")
	out.Concurrency, out.Timeout = limits.Int("concurrency", 8), limits.Duration("timeout", 15*time.Second)
	if out.Concurrency < 1 || out.Timeout <= 0 {
		l.Error(limits.Node, "bad-value", "national.limits must allow at least one message and some time")
	}
	switch {
	case m.Get("national") == nil:
		l.Warn(m.Node, "missing", "national is missing: what local systems send waits")
		return out
	case out.Kind == "file":
		out.Node = n.Node
		if n.Get("url") != nil || n.Get("materials") != nil {
			l.Error(n.Node, "bad-value", "national is either a url or kind: file with settings, routes and reads")
		}
	default:
		n.Need("url")
		for _, k := range []string{"settings", "routes", "reads"} {
			if n.Get(k) != nil {
				l.Error(n.Key(k), "bad-value", "%s goes with kind: file only", yamlnode.Join(n.Path, k))
			}
		}
	}
	if s := n.Need("source"); len(s) > 256 {
		l.Error(n.At("source"), "bad-value", "national.source is longer than 256 bytes")
	}
	if n.Get("sign") == nil && out.Kind == "" {
		l.Warn(n.Node, "missing", "national.sign is missing: what goes up is not signed")
	}
	return out
}

// CheckRetry says what is wrong with a schedule, in words.
func CheckRetry(r Retry) []string {
	var out []string
	if r.Initial <= 0 || r.Max < r.Initial {
		out = append(out, "initial must be above 0 and max at least initial")
	}
	if r.Multiplier < 1 || r.Multiplier > 100 {
		out = append(out, "multiplier must be 1 to 100")
	}
	if r.Jitter > 1 {
		out = append(out, "jitter must be 0 to 1")
	}
	return out
}

// scheme reads sign and verify; absent is none.
func (l *loader) scheme(m *yamlnode.Map, key string) Scheme {
	n := m.Map(key, "scheme", "key", "keys", "tolerance")
	s := Scheme{Scheme: n.OneOf("scheme", "none", "v1", "v1sm3", "v1sm2", "none"), Tolerance: n.Duration("tolerance", 5*time.Minute)}
	if m.Get(key) == nil {
		return s
	}
	if n.Get("scheme") == nil {
		n.Need("scheme")
	}
	if ref := l.reference(n, "key"); ref != "" {
		s.Keys = append(s.Keys, ref)
	}
	if n.Get("key") != nil && n.Get("keys") != nil {
		l.Error(n.Key("key"), "bad-value", "%s has both key and keys", n.Path)
	}
	for _, ref := range n.Texts("keys") {
		if l.checkReference(n.At("keys"), yamlnode.Join(n.Path, "keys"), ref) {
			s.Keys = append(s.Keys, ref)
		}
	}
	switch given := n.Get("key") != nil || n.Get("keys") != nil; {
	case s.Scheme != "none" && !given:
		l.Error(n.Node, "missing", "%s is missing", yamlnode.Join(n.Path, "key"))
	case s.Scheme == "none" && given && n.Get("scheme") != nil:
		l.Error(n.Node, "bad-value", "%s has scheme none and a key", n.Path)
	}
	return s
}

func (l *loader) certificate(n *yamlnode.Map) string {
	c := n.Text("certificate", "")
	if h, ok := strings.CutPrefix(c, "sha256:"); c != "" && (!ok || !isHex64(h)) {
		l.Error(n.At("certificate"), "bad-value", "%s must be sha256: and 64 lower-case hex digits", yamlnode.Join(n.Path, "certificate"))
		return ""
	}
	return c
}

func isHex64(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func index(name string, i int) string { return fmt.Sprintf("%s[%d]", name, i) }

// reference is where a secret is read from, with its place.
type reference struct {
	ref  string
	path string
	node *yaml.Node
}
