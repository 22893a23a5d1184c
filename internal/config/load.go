package config

import (
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/internal/yamlnode"
)

// loader carries what reading one file needs.
type loader struct {
	*yamlnode.Reader
	c   *Config
	dir string
}

// Load reads and checks a file. All findings come at once, in order of place;
// the Config is nil only where the file cannot be read or is no YAML. A Config
// with an error among its findings must not be served.
func Load(path string) (*Config, []Finding) {
	r := &yamlnode.Reader{File: path}
	raw, err := os.ReadFile(path)
	if err != nil {
		r.Error(nil, "no-such-file", "the configuration cannot be read: %v", cause(err))
		return nil, r.Findings()
	}
	root := r.Parse(raw)
	if root == nil {
		return nil, r.Findings()
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		r.Error(nil, "no-such-file", "the configuration's folder is not known: %v", err)
		return nil, r.Findings()
	}
	l := &loader{Reader: r, dir: filepath.Dir(absolute), c: &Config{File: absolute, name: path}}
	l.document(root)
	return l.c, r.Findings()
}

// Failed tells whether one of the findings is an error.
func Failed(fs []Finding) bool { return yamlnode.Failed(fs) }

func (l *loader) document(root *yaml.Node) {
	m := l.Map(root, "", "listen", "admin", "adminHosts", "publicPath", "trustedProxies", "data", "store", "packs", "exchange", "lang",
		"national", "senders", "units", "limits", "retention", "notifyHeld", "tls", "admins", "calendar", "deadlines", "log")
	c := l.c
	c.Listen = l.address(m, "listen", "127.0.0.1:8080")
	c.Admin = l.address(m, "admin", "127.0.0.1:8081")
	c.Hosts = m.Texts("adminHosts")
	c.PublicPath = strings.TrimRight(m.Text("publicPath", ""), "/")
	if c.PublicPath != "" && !strings.HasPrefix(c.PublicPath, "/") {
		l.Error(m.At("publicPath"), "bad-value", "publicPath must begin with /")
	}
	c.Trusted = m.Networks("trustedProxies")
	c.Data = l.path(m.Text("data", "./data"))
	if s := m.Text("store", "bbolt"); s != "bbolt" {
		l.Error(m.At("store"), "bad-value", "store must be bbolt; other stores come with a later version")
	}
	for _, p := range m.Texts("packs") {
		c.Packs = append(c.Packs, l.path(p))
		if info, err := os.Stat(l.path(p)); err != nil || !info.IsDir() {
			l.Warn(m.At("packs"), "no-such-file", "packs names a folder that is not there; only the built-in packs stand in for it")
		}
	}
	for _, p := range m.Texts("exchange") {
		c.Exchange = append(c.Exchange, l.path(p))
	}
	c.Lang = m.OneOf("lang", "zh", "zh", "en")
	c.TLS = l.tls(m.Map("tls", "cert", "key", "clientCA"))
	c.National = l.national(m)
	l.limits(m)
	l.log(m.Map("log", "level", "file", "maxSize", "keep"))
	l.admins(m)
	l.calendar(m)
	l.units(m)
	l.senders(m)
}

func (l *loader) limits(m *yamlnode.Map) {
	n := m.Map("limits", "body", "material", "backlog", "backlogUnit", "diskFree", "senderRate")
	l.c.Limits = Limits{
		Body: n.Size("body", 10<<20), Material: n.Size("material", 200<<20),
		Backlog: n.Int("backlog", 1_000_000), BacklogUnit: n.Int("backlogUnit", 250_000),
		DiskFree: n.Size("diskFree", 1<<30),
	}
	if s := n.Text("senderRate", "0"); strings.Contains(s, "/") {
		l.c.Limits.SenderRate = n.Rate("senderRate", 0)
	} else {
		l.c.Limits.SenderRate = n.Float("senderRate", 0)
	}
	n = m.Map("retention", "payload", "log")
	l.c.Retention = Retention{Payload: n.Duration("payload", 30*day), Log: n.Duration("log", 1095*day)}
	if l.c.Retention.Log < l.c.Retention.Payload {
		l.Error(n.At("log"), "bad-value", "retention.log must not be shorter than retention.payload")
	}
	l.c.NotifyHeld = m.Duration("notifyHeld", 4*time.Hour)
}

func (l *loader) log(n *yamlnode.Map) {
	l.c.Log = Log{Level: n.OneOf("level", "info", "debug", "info", "warn", "error"), File: n.Text("file", ""),
		MaxSize: n.Size("maxSize", 100<<20), Keep: n.Duration("keep", 180*day)}
	if l.c.Log.File == "" {
		return
	}
	l.c.Log.File = l.path(l.c.Log.File)
	if keep := l.c.Log.Keep; keep > 0 && keep < logKept {
		l.Warn(n.At("keep"), "log-short", "log.keep is under 180d: the law asks for six months of logs (网络安全法 art. 21)")
	}
}

// logKept is how long logs must live, by law.
const logKept = 180 * day

func (l *loader) tls(n *yamlnode.Map) TLS {
	t := TLS{Cert: l.reference(n, "cert"), Key: l.reference(n, "key"), ClientCA: l.reference(n, "clientCA")}
	if (t.Cert == "") != (t.Key == "") {
		l.Error(n.Node, "missing", "tls needs both cert and key")
	}
	if t.ClientCA != "" && t.Cert == "" {
		l.Error(n.At("clientCA"), "missing", "tls.clientCA needs cert and key")
	}
	return t
}

func (l *loader) admins(m *yamlnode.Map) {
	names := map[string]bool{}
	for i, item := range m.List("admins") {
		n := l.Map(item, index("admins", i), "name", "tokenHash", "role")
		a := Admin{Name: n.Need("name"), TokenHash: n.Need("tokenHash"), Role: n.OneOf("role", "", "viewer", "operator", "admin", "auditor")}
		if n.Get("role") == nil {
			l.Error(n.Node, "missing", "%s is missing", yamlnode.Join(n.Path, "role"))
		}
		if h, ok := strings.CutPrefix(a.TokenHash, "sm3:"); a.TokenHash != "" && (!ok || !isHex64(h)) {
			l.Error(n.At("tokenHash"), "bad-value", "%s must be sm3: and the 64 lower-case hex digits of the token's SM3", yamlnode.Join(n.Path, "tokenHash"))
		}
		if names[a.Name] && a.Name != "" {
			l.Error(n.At("name"), "duplicate", "two admins have the same name")
		}
		names[a.Name] = true
		l.c.Admins = append(l.c.Admins, a)
	}
	if len(l.c.Admins) > 0 {
		return
	}
	if !Loopback(l.c.Admin) {
		l.Error(m.At("admin"), "open-admin", "the admin listener is not on loopback and there are no admins: anybody could reach it")
		return
	}
	l.Warn(m.At("admins"), "no-admins", "there are no admins: whoever reaches the admin listener on this machine is an operator")
}

// address is HOST:PORT.
func (l *loader) address(m *yamlnode.Map, key, otherwise string) string {
	a := m.Text(key, otherwise)
	if _, port, err := net.SplitHostPort(a); err != nil || port == "" {
		l.Error(m.At(key), "bad-value", "%s must be HOST:PORT", key)
		return otherwise
	}
	return a
}

// Loopback tells whether an address HOST:PORT can be reached from this machine only.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// link checks an http or https address, empty where it is none.
func (l *loader) link(m *yamlnode.Map, key string) string {
	s := m.Text(key, "")
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		l.Error(m.At(key), "bad-value", "%s must be an http or https address without a password in it", yamlnode.Join(m.Path, key))
		return ""
	}
	return s
}

// path makes a path absolute, relative to the folder of the file.
func (l *loader) path(p string) string {
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(l.dir, p)
}
