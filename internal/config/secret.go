package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"

	"duijie/internal/yamlnode"
)

// Secret reads what a reference names: env:NAME or file:PATH, relative to the
// folder of the configuration. One trailing line break is cut. A secret that is
// absent or empty is an error, which names the reference and never the value.
func (c *Config) Secret(ref string) (string, error) {
	value, err := c.read(ref)
	if err != nil {
		return "", fmt.Errorf("read secret %s: %w", ref, err)
	}
	value = strings.TrimSuffix(strings.TrimSuffix(value, "\n"), "\r")
	if value == "" {
		return "", fmt.Errorf("read secret %s: it is empty", ref)
	}
	return value, nil
}

func (c *Config) read(ref string) (string, error) {
	if name, ok := strings.CutPrefix(ref, "env:"); ok {
		value, set := os.LookupEnv(name)
		if !set {
			return "", errors.New("the environment has no such variable")
		}
		return value, nil
	}
	if _, ok := strings.CutPrefix(ref, "file:"); ok {
		raw, err := os.ReadFile(c.Path(ref))
		return string(raw), cause(err)
	}
	return "", errors.New("a secret is env:NAME or file:PATH")
}

// Path is the absolute path of a file:PATH reference or of a plain path,
// relative to the folder of the configuration.
func (c *Config) Path(p string) string {
	p = strings.TrimPrefix(p, "file:")
	if filepath.IsAbs(p) {
		return filepath.Clean(p)
	}
	return filepath.Join(filepath.Dir(c.File), p)
}

// Unit finds a unit by its code.
func (c *Config) Unit(code string) (Unit, bool) {
	for _, u := range c.Units {
		if u.Code == code {
			return u, true
		}
	}
	return Unit{}, false
}

// UnitSecret reads what a pack calls secret:NAME, for one unit.
func (c *Config) UnitSecret(code, name string) (string, error) {
	u, _ := c.Unit(code)
	ref, ok := u.Secrets[name]
	if !ok {
		return "", fmt.Errorf("unit %s binds no secret %s", code, name)
	}
	return c.Secret(ref)
}

// CheckSecrets reads every reference once and gives a finding for each that
// cannot be read.
func (c *Config) CheckSecrets() []Finding {
	r := &yamlnode.Reader{File: c.Name()}
	for _, ref := range c.refs {
		if _, err := c.Secret(ref.ref); err != nil {
			r.Error(ref.node, "no-such-secret", "%s: %v", ref.path, err)
		}
	}
	return r.Findings()
}

// Name is the file as the user named it, as findings show it.
func (c *Config) Name() string {
	if c.name != "" {
		return c.name
	}
	return c.File
}

// reference reads a secret's reference under a key, empty where there is none.
func (l *loader) reference(m *yamlnode.Map, key string) string {
	ref := m.Text(key, "")
	if ref == "" || !l.checkReference(m.At(key), yamlnode.Join(m.Path, key), ref) {
		return ""
	}
	return ref
}

func (l *loader) checkReference(at *yaml.Node, path, ref string) bool {
	name, env := strings.CutPrefix(ref, "env:")
	if !env {
		var file bool
		name, file = strings.CutPrefix(ref, "file:")
		if !file {
			l.Error(at, "secret-literal", "%s must be env:NAME or file:PATH; a secret never stands in the file itself", path)
			return false
		}
	}
	if strings.TrimSpace(name) == "" {
		l.Error(at, "bad-value", "%s names nothing after its colon", path)
		return false
	}
	l.c.refs = append(l.c.refs, reference{ref: ref, path: path, node: at})
	return true
}

// cause is an error without the path that the finding already names.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
