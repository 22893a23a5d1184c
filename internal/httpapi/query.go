package httpapi

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"duijie/internal/problem"
)

// query reads a call's parameters and gathers what is wrong with them; values are
// never quoted, and unknown names only where they are short and plain.
type query struct {
	values url.Values
	items  []problem.Item
}

// newQuery knows the names that the call takes; others, and repeated ones, are errors:
// a filter with a typing error must not quietly select everything.
func newQuery(c echo.Context, names ...string) *query {
	values, err := url.ParseQuery(c.Request().URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.wrong("", "format")
	}
	unknown := make([]string, 0)
	for name, v := range values {
		switch {
		case !slices.Contains(names, name):
			unknown = append(unknown, name)
		case len(v) > 1:
			q.wrong(name, "duplicate")
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		q.wrong(name, "unknown")
	}
	return q
}

func (q *query) wrong(name, code string) {
	pointer := ""
	if safeName(name) {
		pointer = "/" + name
	}
	q.items = append(q.items, problem.Item{Pointer: pointer, Code: code})
}

// safeName tells whether a name of the caller's may be repeated in an answer.
func safeName(name string) bool {
	const longest = 40
	return name != "" && len(name) <= longest && !strings.ContainsFunc(name, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
	})
}

func (q *query) text(name string) string { return q.values.Get(name) }

func (q *query) required(name string) string {
	v := q.values.Get(name)
	if v == "" {
		q.wrong(name, "required")
	}
	return v
}

// one of the options, or empty.
func (q *query) one(name string, options ...string) string {
	v := q.values.Get(name)
	if v != "" && !slices.Contains(options, v) {
		q.wrong(name, "enum")
		return ""
	}
	return v
}

// time is RFC 3339, zero where absent.
func (q *query) time(name string) time.Time {
	v := q.values.Get(name)
	if v == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil { // a + of an offset that nobody encoded came as a space
		if t, err = time.Parse(time.RFC3339, strings.Replace(v, " ", "+", 1)); err != nil {
			q.wrong(name, "format")
		}
	}
	return t
}

func (q *query) cursor(name string) uint64 {
	v := q.values.Get(name)
	if v == "" {
		return 0
	}
	n, err := strconv.ParseUint(v, 10, 64)
	if err != nil {
		q.wrong(name, "format")
	}
	return n
}

// limit is a page's size: normal where absent, never over most.
func (q *query) limit(name string, normal, most int) int {
	v := q.values.Get(name)
	if v == "" {
		return normal
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		q.wrong(name, "format")
		return normal
	}
	return min(n, most)
}

func (q *query) flag(name string) bool {
	return q.one(name, "0", "1", "true", "false") == "1" || q.values.Get(name) == "true"
}

// err is nil where nothing was wrong.
func (q *query) err() error {
	if len(q.items) == 0 {
		return nil
	}
	return &problem.Problem{Code: "parameter", Items: q.items}
}
