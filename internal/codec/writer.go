package codec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// writer writes a document as UTF-8, each text held to the charset on its way:
// whoever transcodes the whole afterwards cannot fail.
type writer struct {
	out     []byte
	charset Charset
	sub     map[rune]string
	path    []string // of the value at hand: names, and "[0]" for items
}

func (w *writer) document(v Value, o Options) error {
	switch o.Format {
	case "json", "rows":
		return w.json(&v)
	case "xml":
		return w.xml(&v, o)
	case "form":
		return w.form(&v)
	case "csv":
		return w.csv(&v, o.Columns)
	case "text":
		s, err := w.scalar("text", &v)
		w.out = append(w.out, s...)
		return err
	}
	return fmt.Errorf("no format %q", o.Format)
}

func (w *writer) push(name string) { w.path = append(w.path, name) }
func (w *writer) pushIndex(i int)  { w.push("[" + strconv.Itoa(i) + "]") }
func (w *writer) pop()             { w.path = w.path[:len(w.path)-1] }

func (w *writer) place() string {
	var s strings.Builder
	for i, p := range w.path {
		if i > 0 && p[:min(1, len(p))] != "[" {
			s.WriteByte('.')
		}
		s.WriteString(p)
	}
	return s.String()
}

func (w *writer) shape(format, what string) error {
	return &ShapeError{Format: format, Path: w.place(), What: what}
}

// text fits s to the charset.
func (w *writer) text(s string, xml bool) (string, error) {
	s, err := w.charset.fit(s, w.sub, xml)
	return s, w.at(err)
}

// name fits the name of a member, for which no substitute serves.
func (w *writer) name(s string) error {
	_, err := w.charset.fit(s, nil, false)
	return w.at(err)
}

func (w *writer) at(err error) error {
	if bad := (*CharsetError)(nil); errors.As(err, &bad) {
		bad.Path = w.place()
	}
	return err
}

// scalar is the text of a value in a codec that knows only texts.
func (w *writer) scalar(format string, v *Value) (string, error) {
	switch v.Kind {
	case String, Number:
		return w.text(v.Text, format == "xml")
	case Bool:
		return strconv.FormatBool(v.True), nil
	case Null:
		return "", w.shape(format, "no form for null")
	case Absent:
		return "", w.shape(format, "a value is missing")
	}
	return "", w.shape(format, "a list or an object where a text is due")
}
