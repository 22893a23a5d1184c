// Package address is where a request goes and the fields around it: the path, query
// and headers of the kinds that speak HTTP, written as templates in a pack.
//
// A value is encoded for its place and stays in it; what cannot stand there is a
// *template.Refused, a placeholder without a value a *template.Missing, and one that
// only waits for the local id also adapter.ErrNoLocalRef. No error quotes a value.
package address

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"duijie/adapter"
	"duijie/adapter/settings"
	"duijie/adapter/template"
)

// Field is one header or query field: a template, or a secret whole.
type Field struct {
	Name   string
	Value  *template.Template // nil with a Secret, and where it had an error
	Secret settings.Secret
}

// Fields reads a mapping of headers or query fields whose templates may use these
// placeholders.
func Fields(m *settings.Map, key string, allowed ...string) []Field {
	in := m.Map(key)
	var out []Field
	for _, k := range in.Keys() {
		f := Field{Name: k}
		text := in.String(k)
		in.Literal(k)
		if secret, ok := strings.CutPrefix(text, "secret:"); ok && secret != "" {
			f.Secret = settings.Secret(secret)
		} else {
			f.Value = Compile(in, k, text, allowed...)
		}
		out = append(out, f)
	}
	return out
}

// Compile compiles a template; what is wrong with it is a finding at the key.
func Compile(m *settings.Map, key, text string, allowed ...string) *template.Template {
	t, err := template.Compile(text, allowed...)
	if err != nil {
		m.Add(m.Place(key), "error", "placeholder", "%s", err)
		return nil
	}
	return t
}

// CompileURL compiles a path with its query likewise.
func CompileURL(m *settings.Map, key, text string, allowed ...string) *template.URL {
	u, err := template.CompileURL(text, allowed...)
	if err != nil {
		m.Add(m.Place(key), "error", "placeholder", "%s", err)
	}
	return u
}

// Base reads the key url, absolute and without credentials; nil where it is not
// there or wrong.
func Base(m *settings.Map) *url.URL {
	raw := m.String("url")
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		m.Add(m.Place("url"), "error", "bad-value", "url must be http://… or https://…")
		return nil
	case u.User != nil:
		m.Add(m.Place("url"), "error", "secret-literal", "url must not hold credentials; auth does")
		return nil
	}
	return u
}

// Bind fetches the secrets that fields name.
func Bind(d adapter.Deps, lists ...[]Field) (Secrets, error) {
	out := Secrets{}
	for _, list := range lists {
		for _, f := range list {
			if f.Secret == "" {
				continue
			}
			v, err := f.Secret.Value(d)
			if err != nil {
				return nil, err
			}
			out[f.Secret] = v
		}
	}
	return out, nil
}

// Secrets are the values of the secrets that fields name. It is not changed once built.
type Secrets map[settings.Secret]string

// Fill gives a field's value; literals in a query are encoded like values.
func (s Secrets) Fill(f Field, place template.Place, values template.Values) (string, error) {
	whole := s[f.Secret]
	if f.Secret == "" {
		if f.Value == nil {
			return "", nil
		}
		var err error
		if whole, err = f.Value.Render(template.Raw, values); err != nil {
			return "", LocalRef(err)
		}
	}
	v, why := place(whole)
	if why != "" {
		return "", &template.Refused{Name: f.Name, Why: why}
	}
	return v, nil
}

// SetHeaders fills headers.
func (s Secrets) SetHeaders(h http.Header, list []Field, values template.Values) error {
	for _, f := range list {
		v, err := s.Fill(f, template.Header, values)
		if err != nil {
			return err
		}
		h.Set(f.Name, v)
	}
	return nil
}

// URL appends a path to the path of base and merges the queries.
func (s Secrets) URL(base *url.URL, path *template.URL, query []Field, values template.Values) (*url.URL, error) {
	p, q, err := path.Render(values)
	if err != nil {
		return nil, LocalRef(err)
	}
	raw := base.EscapedPath()
	if p != "" {
		raw = strings.TrimSuffix(raw, "/") + "/" + strings.TrimPrefix(p, "/")
	}
	var parts []string
	for _, one := range []string{base.RawQuery, q} {
		if one != "" {
			parts = append(parts, one)
		}
	}
	for _, f := range query {
		v, err := s.Fill(f, template.Query, values)
		if err != nil {
			return nil, err
		}
		parts = append(parts, url.QueryEscape(f.Name)+"="+v)
	}
	out, err := url.Parse(base.Scheme + "://" + base.Host + raw)
	if err != nil {
		return nil, errors.New("path is no part of a URL")
	}
	out.RawQuery = strings.Join(parts, "&")
	return out, nil
}

// LocalRef tells a local id that is not there yet from other missing values.
func LocalRef(err error) error {
	if m, ok := err.(*template.Missing); ok && m.Name == "localRef" {
		return fmt.Errorf("%w: %w", adapter.ErrNoLocalRef, err)
	}
	return err
}
