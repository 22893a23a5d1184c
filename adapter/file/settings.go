package file

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

// connection is what settings say of the place.
type connection struct {
	local      string // a folder's path, or
	sftp       *url.URL
	key, known settings.Secret
	byUnit     bool // the root is the operator's word
}

// parseConnection reads settings; what they leave out comes from a second mapping.
func parseConnection(s adapter.Settings, m, from *settings.Map) connection {
	pick := func(key string) *settings.Map {
		if !m.Has(key) && from != nil && from.Has(key) {
			return from
		}
		return m
	}
	c := connection{byUnit: s.FromUnit["root"]}
	at := pick("root")
	root := at.String("root")
	switch {
	case root == "":
	case strings.HasPrefix(root, "sftp://"):
		u, err := url.Parse(root)
		if err != nil || hasPassword(u) || u.Hostname() == "" || u.User.Username() == "" || u.RawQuery != "" || u.Fragment != "" {
			at.Add(at.Place("root"), "error", "bad-value", "root must be sftp://user@host:22/folder")
			break
		}
		c.sftp = u
	case !filepath.IsAbs(root):
		at.Add(at.Place("root"), "error", "bad-value", "root must be an absolute path or sftp://user@host:22/folder")
	default:
		c.local = filepath.Clean(root)
	}
	c.key, c.known = pick("key").Secret("key"), pick("knownHosts").Secret("knownHosts")
	if c.sftp != nil && (c.key == "" || c.known == "") {
		at.Add(at.Place("root"), "error", "missing", "sftp needs key and knownHosts: host keys are always checked")
	}
	for _, k := range []string{"root", "key", "knownHosts"} {
		m.Node(k)
	}
	return c
}

// open makes the place; it does not connect.
func (c connection) open(d adapter.Deps) (place, error) {
	switch {
	case c.local != "":
		if !c.byUnit && !liesBelow(c.local, d.Exchange) {
			return nil, errors.New("root lies below none of exchange")
		}
		return local{c.local}, nil
	case c.sftp == nil:
		return nil, errors.New("settings: root is missing")
	}
	key, err := c.key.Value(d)
	if err != nil {
		return nil, err
	}
	known, err := c.known.Value(d)
	if err != nil {
		return nil, err
	}
	port := c.sftp.Port()
	if port == "" {
		port = "22"
	}
	address := net.JoinHostPort(c.sftp.Hostname(), port)
	config, err := clientConfig(c.sftp.User.Username(), address, key, known)
	if err != nil {
		return nil, fmt.Errorf("sftp: %w", err)
	}
	root := c.sftp.Path
	if root == "" {
		root = "/"
	}
	return &remote{address: address, root: path.Clean(root), config: config}, nil
}

// liesBelow tells whether a folder is one of some or lies in one, links followed.
func liesBelow(folder string, some []string) bool {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	for _, s := range some {
		if real, err := filepath.EvalSymlinks(s); err == nil {
			s = real
		}
		if rel, err := filepath.Rel(s, folder); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}

// folder reads a path below the root.
func folder(m *settings.Map, key, otherwise string) string {
	s := m.String(key)
	if s == "" {
		return otherwise
	}
	clean := path.Clean(s)
	if path.IsAbs(s) || !filepath.IsLocal(clean) || strings.ContainsAny(s, "\\\x00") {
		m.Add(m.Place(key), "error", "bad-value", "%s must be a folder below root", key)
	}
	if strings.ContainsAny(s, "{}") { // it would be made and looked into under just that name
		m.Add(m.Place(key), "error", "placeholder", "%s is one folder for all messages: placeholders belong into name", key)
	}
	return clean
}

// named reads a template of one plain file's name.
func named(m *settings.Map, key string, allowed ...string) *template.Template {
	s := m.String(key)
	if s == "" {
		return nil
	}
	t, err := template.Compile(s, allowed...)
	if err == nil && (strings.ContainsAny(s, `/\`) || strings.HasPrefix(s, ".") || len(s) > 200) {
		err = errors.New("must be one plain file name")
	}
	if err != nil {
		m.Add(m.Place(key), "error", "bad-value", "%s: %s", key, err)
		return nil
	}
	return t
}

// beside renders the name of a file that belongs to another; empty where there is none.
func beside(t *template.Template, name string) string {
	if t == nil {
		return ""
	}
	out, err := t.Render(template.FileName, func(string, string) (string, bool) { return name, true })
	if err != nil || out == name {
		return ""
	}
	return out
}

func hasPassword(u *url.URL) bool {
	_, has := u.User.Password()
	return has
}
