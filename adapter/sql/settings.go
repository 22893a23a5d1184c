package sql

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/internal/codec"
)

// connection is what settings say of the database.
type connection struct {
	driver  string
	dsn     settings.Secret
	path    string // sqlite: a file, no secret
	charset string // empty: the database knows its texts' charset
}

// parseConnection reads settings; what they leave out comes from a second mapping.
func parseConnection(m, from *settings.Map) connection {
	pick := func(key string) *settings.Map {
		if !m.Has(key) && from != nil && from.Has(key) {
			return from
		}
		return m
	}
	c := connection{driver: pick("driver").Enum("driver", "", drivers...)}
	at := pick("charset")
	if c.charset = at.String("charset"); c.charset != "" {
		known, err := codec.LookupCharset(c.charset)
		if err != nil {
			at.Add(at.Place("charset"), "error", "bad-value", "charset must be empty, GBK or GB18030")
		}
		if known == codec.UTF8 {
			c.charset = ""
		}
	}
	at = pick("dsn")
	if c.driver == "sqlite" && !strings.HasPrefix(at.String("dsn"), "secret:") {
		c.path = at.String("dsn")
	} else {
		c.dsn = at.Secret("dsn")
	}
	m.String("driver")
	m.String("dsn")
	m.String("charset")
	return c
}

// resolve gives the connection string.
func (c connection) resolve(d adapter.Deps) (string, error) {
	if c.path != "" {
		return c.path, nil
	}
	return c.dsn.Value(d)
}

// identifier reads a name of a table or a column.
func identifier(m *settings.Map, key string) string { return named(m.Reader, m.Node(key)) }

func named(r *settings.Reader, n *yaml.Node) string {
	s := r.Scalar(n)
	if strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c == 0x7f }) || len(s) > 128 {
		r.Add(n, "error", "bad-value", "must be the name of a table or a column")
		return ""
	}
	return s
}

// required is identifier, and a finding where there is none.
func required(m *settings.Map, key string) string {
	s := identifier(m, key)
	if s == "" {
		m.Add(m.Place(key), "error", "missing", "%s is missing", key)
	}
	return s
}

// names reads a list of tables; a lone scalar is a list of one.
func names(m *settings.Map, key string) []string {
	n := m.Node(key)
	if settings.IsNull(n) {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		return []string{named(m.Reader, n)}
	}
	if n.Kind != yaml.SequenceNode {
		m.Add(n, "error", "wrong-kind", "%s must be a list of tables", key)
		return nil
	}
	var out []string
	for _, item := range n.Content {
		s := named(m.Reader, item)
		switch {
		case s == "":
			m.Add(item, "error", "missing", "the name of a table is missing")
		case slices.Contains(out, s):
			m.Add(item, "error", "bad-value", "%s stands twice", s)
		default:
			out = append(out, s)
		}
	}
	return out
}
