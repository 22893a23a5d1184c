package http

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"duijie/adapter"
	"duijie/adapter/client"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// request is the message's own request.
func (k *Sink) request(r *route, m adapter.Message) (client.Request, error) {
	values := k.values(m)
	u, err := k.address(r.path, r.query, values)
	if err != nil {
		return client.Request{}, err
	}
	out := client.Request{Method: r.method, URL: u, Header: http.Header{"Accept": {"*/*"}}}
	if r.method != http.MethodGet {
		if out.Body, err = k.keyed(r.keyField, m); err != nil {
			return client.Request{}, err
		}
		out.Header.Set("Content-Type", k.codec.ContentType())
	}
	links(out.Header, m.Materials)
	for _, list := range [][]named{k.config.headers, r.headers} {
		if err := k.setHeaders(out.Header, list, values); err != nil {
			return client.Request{}, err
		}
	}
	out.Header.Set("Idempotency-Key", m.Key)
	if r.keyIn != "" {
		out.Header.Set(r.keyIn, m.Key)
	}
	return out, nil
}

// keyed puts the key under idempotency.field where the document does not have it
// already; equal document and key give equal bytes.
func (k *Sink) keyed(field string, m adapter.Message) ([]byte, error) {
	if field == "" {
		return m.Document, nil
	}
	o := codec.Options{Format: k.codec.Format, Charset: k.codec.Charset}
	v, err := codec.Decode(m.Document, o)
	if err != nil {
		return nil, fmt.Errorf("idempotency.field %s: %w", field, err)
	}
	if at, ok := template.Lookup(&v, field); ok && at == m.Key {
		return m.Document, nil
	}
	if !template.Set(&v, field, m.Key) {
		return nil, fmt.Errorf("idempotency.field %s: the document has no place for it", field)
	}
	return codec.Encode(nil, v, o)
}

// values are the placeholders of a message; its document is read where one asks for it.
func (k *Sink) values(m adapter.Message) template.Values {
	var body *codec.Value
	read := false
	return k.seq.Of(template.OfMessage(m, func() *codec.Value {
		if !read {
			read = true
			if v, err := codec.Decode(m.Document, codec.Options{Format: k.codec.Format, Charset: k.codec.Charset}); err == nil {
				body = &v
			}
		}
		return body
	}), m.Key)
}

// address appends a route's path to the path of url and merges the queries.
func (k *Sink) address(path *template.URL, query []named, values template.Values) (*url.URL, error) {
	p, q, err := path.Render(values)
	if err != nil {
		return nil, localRef(err)
	}
	u := k.config.url
	raw := u.EscapedPath()
	if p != "" {
		raw = strings.TrimSuffix(raw, "/") + "/" + strings.TrimPrefix(p, "/")
	}
	parts := []string{}
	for _, one := range []string{u.RawQuery, q} {
		if one != "" {
			parts = append(parts, one)
		}
	}
	for _, f := range query {
		v, err := k.fill(f, template.Query, values)
		if err != nil {
			return nil, err
		}
		parts = append(parts, url.QueryEscape(f.name)+"="+v)
	}
	out, err := url.Parse(u.Scheme + "://" + u.Host + raw)
	if err != nil {
		return nil, fmt.Errorf("path is no part of a URL")
	}
	out.RawQuery = strings.Join(parts, "&")
	return out, nil
}

func (k *Sink) setHeaders(h http.Header, list []named, values template.Values) error {
	for _, f := range list {
		v, err := k.fill(f, template.Header, values)
		if err != nil {
			return err
		}
		h.Set(f.name, v)
	}
	return nil
}

// fill gives a field's value; literals in a query are encoded like values.
func (k *Sink) fill(f named, place template.Place, values template.Values) (string, error) {
	if f.secret != "" {
		v, why := place(k.secrets[f.secret])
		if why != "" {
			return "", &template.Refused{Name: f.name, Why: why}
		}
		return v, nil
	}
	whole, err := f.value.Render(template.Raw, values)
	if err != nil {
		return "", localRef(err)
	}
	v, why := place(whole)
	if why != "" {
		return "", &template.Refused{Name: f.name, Why: why}
	}
	return v, nil
}

// localRef tells a local id that is not there yet from other missing values.
func localRef(err error) error {
	if m, ok := err.(*template.Missing); ok && m.Name == "localRef" {
		return fmt.Errorf("%w: %w", adapter.ErrNoLocalRef, err)
	}
	return err
}
