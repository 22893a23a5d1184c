package http

import (
	"fmt"
	"net/http"

	"duijie/adapter"
	"duijie/adapter/address"
	"duijie/adapter/client"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// request is the message's own request.
func (k *Sink) request(r *route, m adapter.Message) (client.Request, error) {
	values := k.values(m)
	u, err := k.secrets.URL(k.config.url, r.path, r.query, values)
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
	for _, list := range [][]address.Field{k.config.headers, r.headers} {
		if err := k.secrets.SetHeaders(out.Header, list, values); err != nil {
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
