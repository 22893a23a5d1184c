package auth

import (
	"mime"
	"net/http"
	"net/url"
	"sort"
	"strings"

	"duijie/internal/codec"
)

// message is a request as a signature sees it, on either side.
type message struct {
	method, path, query string // path escaped, query raw, as sent
	header              http.Header
	body                []byte
	charset             string // of the body and of percent-encoded fields
}

type field struct{ name, value string }

// fields are those of the query and of a form or the top level of a JSON body,
// the first of repeated ones.
func (m message) fields() []field {
	all := pairs(m.query, m.charset)
	kind, _, _ := mime.ParseMediaType(m.header.Get("Content-Type"))
	switch {
	case kind == "application/x-www-form-urlencoded":
		all = append(all, pairs(string(m.body), m.charset)...)
	case len(m.body) > 0:
		all = append(all, m.members()...)
	}
	seen := map[string]bool{}
	out := all[:0]
	for _, f := range all {
		if !seen[f.name] {
			seen[f.name] = true
			out = append(out, f)
		}
	}
	return out
}

// members are the top-level members of a JSON object, nested values as compact JSON.
func (m message) members() []field {
	v, err := codec.Decode(m.body, codec.Options{Format: "json", Charset: m.charset})
	if err != nil || v.Kind != codec.Object {
		return nil
	}
	var out []field
	for _, one := range v.Members {
		f := field{name: one.Name, value: one.Value.Text}
		switch one.Value.Kind {
		case codec.Null, codec.Absent:
			f.value = ""
		case codec.Bool, codec.Array, codec.Object:
			f.value = string(codec.AppendJSON(nil, one.Value))
		}
		out = append(out, f)
	}
	return out
}

// pairs splits a query or form body; what cannot be decoded stands as it is.
func pairs(raw, charset string) []field {
	var out []field
	for _, one := range strings.Split(raw, "&") {
		if one == "" {
			continue
		}
		k, v, _ := strings.Cut(one, "=")
		out = append(out, field{unescape(k, charset), unescape(v, charset)})
	}
	return out
}

func unescape(s, charset string) string {
	plain, err := url.QueryUnescape(s)
	if err != nil {
		return s
	}
	if text, err := codec.Text([]byte(plain), charset); err == nil {
		return text
	}
	return plain
}

func escape(s, charset string) string {
	if b, err := codec.EncodeText(s, charset, nil); err == nil {
		s = string(b)
	}
	return url.QueryEscape(s)
}

// add appends a field to a query or form.
func add(raw, name, value, charset string) string {
	if raw != "" {
		raw += "&"
	}
	return raw + escape(name, charset) + "=" + escape(value, charset)
}

// params is {params}: k=v sorted by key, without empty values and the signature.
func params(fields []field, signature string) string {
	var out []string
	sort.SliceStable(fields, func(i, j int) bool { return fields[i].name < fields[j].name })
	for _, f := range fields {
		if f.value != "" && f.name != "sign" && f.name != signature {
			out = append(out, f.name+"="+f.value)
		}
	}
	return strings.Join(out, "&")
}

// values is {values:a,b,c}: their values in this order, concatenated.
func values(fields []field, names string) string {
	var b strings.Builder
	for _, n := range strings.Split(names, ",") {
		for _, f := range fields {
			if f.name == strings.TrimSpace(n) {
				b.WriteString(f.value)
				break
			}
		}
	}
	return b.String()
}
