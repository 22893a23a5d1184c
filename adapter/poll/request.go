package poll

import (
	"context"
	"fmt"
	"net/http"
	"strconv"

	"duijie/adapter/address"
	"duijie/adapter/client"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// values are the placeholders of one request.
func (s *Source) values(page int, since string) template.Values {
	return func(name, arg string) (string, bool) {
		switch name {
		case "page":
			return strconv.Itoa(page), true
		case "cursor":
			return since, true
		case "unit":
			return s.unit, true
		case "now":
			text, err := template.FormatTime(s.now(), arg)
			return text, err == nil
		}
		return "", false
	}
}

// request asks for one page.
func (s *Source) request(page int, since string) (client.Request, error) {
	values := s.values(page, since)
	u, err := s.secrets.URL(s.config.url, s.config.path, s.config.query, values)
	if err != nil {
		return client.Request{}, err
	}
	out := client.Request{Method: s.config.method, URL: u, Header: http.Header{"Accept": {"*/*"}}, Question: true}
	if s.config.method != http.MethodGet {
		if out.Body, err = s.document(values); err != nil {
			return client.Request{}, err
		}
		out.Header.Set("Content-Type", s.codec.ContentType())
	}
	for _, list := range [][]address.Field{s.config.headers, s.config.own} {
		for _, f := range list {
			v, err := s.secrets.Fill(f, template.Header, values)
			if err != nil {
				return client.Request{}, err
			}
			if v != "" {
				out.Header.Set(f.Name, v)
			}
		}
	}
	return out, nil
}

// document is the body of a POST, its values escaped for the codec.
func (s *Source) document(values template.Values) ([]byte, error) {
	if s.config.body == nil {
		return []byte{}, nil
	}
	place := template.Raw
	switch s.codec.Format {
	case "", "json", "rows":
		place = template.JSON
	case "xml":
		place = template.XML
	case "form":
		place = template.Query
	}
	text, err := s.config.body.Render(place, values)
	if err != nil {
		return nil, err
	}
	return codec.EncodeText(text, s.codec.Charset, nil)
}

// exchange sends a request with its proof; one that a stale token made fail with
// 401 goes once more with a new one.
func (s *Source) exchange(ctx context.Context, page int, since string) (client.Answer, error) {
	for again := false; ; again = true {
		r, err := s.request(page, since)
		if err != nil {
			return client.Answer{}, fmt.Errorf("request: %w", err)
		}
		if err := s.signer.Apply(ctx, &r); err != nil {
			return client.Answer{}, err
		}
		a, err := s.client.Do(ctx, r)
		if err != nil {
			return client.Answer{}, err
		}
		if a.Status == http.StatusUnauthorized && !again && s.signer.Renew(&r) {
			continue
		}
		return a, nil
	}
}
