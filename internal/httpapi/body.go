package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"duijie/internal/problem"
)

// longestText bounds what an operator may write into a reason or an id.
const longestText = 1000

// decode reads an admin call's body; none is the same as {}. Unknown members are
// refused: a misspelt "lane" must not cancel less than was meant.
func decode(s *Server, c echo.Context, into any) error {
	raw, err := readBody(c.Response(), c.Request(), s.cfg.MaxBody)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	err = dec.Decode(into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		return parameter("/"+strings.ReplaceAll(wrongType.Field, ".", "/"), "type", "")
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		if !safeName(name) {
			return parameter("", "unknown", "")
		}
		return parameter("/"+name, "unknown", "")
	case err != nil:
		return &problem.Problem{Code: "malformed"}
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return &problem.Problem{Code: "malformed"}
	}
	return nil
}

// text is what an operator wrote: trimmed, bounded, required where must.
func text(pointer string, v *string, must bool) error {
	*v = strings.TrimSpace(*v)
	switch {
	case must && *v == "":
		return parameter(pointer, "required", "")
	case utf8.RuneCountInString(*v) > longestText:
		return parameter(pointer, "maxLength", "")
	}
	return nil
}

// instant reads a time of a body; zero where absent.
func instant(pointer, v string) (time.Time, error) {
	if v == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, v)
	if err != nil {
		return time.Time{}, parameter(pointer, "format", "")
	}
	return t, nil
}

// oneOf checks a code; empty passes.
func oneOf(pointer, v string, options ...string) error {
	if v == "" {
		return nil
	}
	for _, o := range options {
		if v == o {
			return nil
		}
	}
	return parameter(pointer, "enum", fmt.Sprintf("one of %s", strings.Join(options, ", ")))
}
