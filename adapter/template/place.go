package template

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Place encodes a value for where it stands; why is not empty where the place
// cannot hold it.
type Place func(value string) (encoded, why string)

// Raw takes a value as it is.
func Raw(v string) (string, string) { return v, "" }

// Path percent-encodes a value within one path segment.
func Path(v string) (string, string) {
	if v == "" {
		return "", "is empty in a path"
	}
	return url.PathEscape(v), ""
}

// Query percent-encodes a value within a query.
func Query(v string) (string, string) {
	return strings.ReplaceAll(url.QueryEscape(v), "+", "%20"), ""
}

// Header refuses what would end a header's line.
func Header(v string) (string, string) {
	if strings.ContainsAny(v, "\r\n\x00") {
		return "", "would break a header"
	}
	return v, ""
}

// FileName refuses what is no part of one plain file name.
func FileName(v string) (string, string) {
	switch {
	case v == "":
		return "", "is empty in a file name"
	case len(v) > 200:
		return "", "is over 200 bytes in a file name"
	case strings.ContainsAny(v, `/\:`) || v[0] == '.':
		return "", "would leave its folder"
	case !utf8.ValidString(v):
		return "", "is no text"
	}
	for _, r := range v {
		if r < 0x20 || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return "", "has a control character"
		}
	}
	return v, ""
}

// XML escapes a value for an element's text or an attribute.
func XML(v string) (string, string) {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(v)) // a strings.Builder never fails
	return b.String(), ""
}

// JSON escapes a value for the inside of a JSON string.
func JSON(v string) (string, string) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", "is no text"
	}
	return string(b[1 : len(b)-1]), ""
}

// URL is a path with an optional query, each with placeholders.
type URL struct{ path, query *Template }

// CompileURL splits at the first question mark outside placeholders.
func CompileURL(source string, allowed ...string) (*URL, error) {
	whole, err := Compile(source, allowed...)
	if err != nil {
		return nil, err
	}
	u := &URL{path: &Template{source: source}, query: &Template{source: source}}
	into := u.path
	for _, p := range whole.parts {
		before, after, found := p.literal, "", false
		if p.name == "" && into == u.path {
			before, after, found = strings.Cut(p.literal, "?")
		}
		if p.name != "" || before != "" {
			q := p
			q.literal = before
			into.parts = append(into.parts, q)
		}
		if found {
			into = u.query
			if after != "" {
				into.parts = append(into.parts, part{literal: after})
			}
		}
	}
	return u, nil
}

// Render gives the escaped path and the raw query.
func (u *URL) Render(values Values) (path, query string, err error) {
	if path, err = u.path.Render(Path, values); err != nil {
		return "", "", err
	}
	for _, segment := range strings.Split(path, "/") {
		if plain := strings.ReplaceAll(strings.ToLower(segment), "%2e", "."); plain == ".." || plain == "." {
			return "", "", &Refused{Name: "path", Why: "would climb out of its folder"}
		}
	}
	query, err = u.query.Render(Query, values)
	return path, query, err
}
