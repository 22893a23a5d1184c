package soap

import (
	"net/http"
	"strings"

	"duijie/adapter"
	"duijie/adapter/address"
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
	if out.URL, err = k.secrets.URL(k.config.url, r.path, nil, values); err != nil {
		return client.Request{}, err
	}
	if err := k.secrets.SetHeaders(out.Header, r.headers, values); err != nil {
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
		return client.Request{}, address.LocalRef(err)
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
	return out, k.secrets.SetHeaders(out.Header, k.config.headers, values)
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
