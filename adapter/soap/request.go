package soap

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
	document, err := k.document(r, m)
	if err != nil {
		return client.Request{}, err
	}
	values := k.values(m)
	out, err := k.post(r.call, document, values)
	if err != nil {
		return client.Request{}, err
	}
	if out.URL, err = k.address(r.path, nil, values); err != nil {
		return client.Request{}, err
	}
	if err := k.setHeaders(out.Header, r.headers, values); err != nil {
		return client.Request{}, err
	}
	links(out.Header, m.Materials)
	out.Header.Set("Idempotency-Key", m.Key)
	if r.keyIn != "" {
		out.Header.Set(r.keyIn, m.Key)
	}
	return out, nil
}

// post is a call of an operation with a document.
func (k *Sink) post(c call, document string, values template.Values) (client.Request, error) {
	body, err := k.content(c, document)
	if err != nil {
		return client.Request{}, err
	}
	action, err := c.action.Render(template.Header, values)
	if err != nil {
		return client.Request{}, localRef(err)
	}
	v := k.config.version
	out := client.Request{Method: http.MethodPost, Header: http.Header{"Accept": {"*/*"}}, Body: v.seal(k.token.header(), body)}
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(action) + `"`
	kind := v.mediaType + "; charset=UTF-8"
	if v == soap11 {
		out.Header.Set("SOAPAction", quoted)
	} else if action != "" {
		kind += "; action=" + quoted
	}
	out.Header.Set("Content-Type", kind)
	return out, k.setHeaders(out.Header, k.config.headers, values)
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

// address appends a path to the path of url and merges the queries.
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
	whole := k.secrets[f.secret]
	if f.secret == "" {
		var err error
		if whole, err = f.value.Render(template.Raw, values); err != nil {
			return "", localRef(err)
		}
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
