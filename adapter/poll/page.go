package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emmansun/gmsm/sm3"

	"duijie/adapter"
	"duijie/adapter/rules"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// maxDepth bounds how deep a page may nest.
const maxDepth = 64

// page is one answer, read.
type page struct {
	items  []item
	digest [32]byte // of the items, to tell whether the next page is another one
	last   bool     // by until: EXPR
}

// item is one entry of a page as a document of its own.
type item struct {
	in  adapter.Incoming
	bad error  // why it is unreadable
	at  string // what cursor.from gives, empty: nothing
}

// fetch asks for a page and reads it. An error is the page's, never an item's.
func (s *Source) fetch(ctx context.Context, n int, since string) (*page, error) {
	raw, err := s.exchange(ctx, n, since)
	if err != nil {
		return nil, err
	}
	a := rules.Answer{Status: raw.Status, Header: raw.Header, Broken: raw.Broken}
	if raw.Status/100 != 2 {
		a.Text = "" // a peer's words are no part of the error
		return nil, s.judge.Status(a)
	}
	if raw.Broken != "" {
		return nil, s.judge.Unreadable(a)
	}
	body, rescued, err := s.decode(raw.Body)
	if err != nil {
		return nil, errors.Join(s.judge.Unreadable(a), err)
	}
	if a.Text, err = codec.Text(raw.Body, s.codec.Charset); err != nil {
		a.Text = ""
	}
	p, err := s.read(a, body, rescued)
	if err != nil {
		return nil, &adapter.Failure{Outcome: adapter.UnitTrouble, Code: "unreadable", Cause: "unreadable", Status: raw.Status, Err: err}
	}
	_, err = s.judge.Answer(nil, rules.Answer{Status: raw.Status, Readable: true}, "") // an answer that was read ends a run of others
	return p, err
}

// decode reads a page, with what is wrong in single items put aside where it must be.
func (s *Source) decode(raw []byte) (codec.Value, *salvaged, error) {
	v, err := codec.Decode(raw, codec.Options{Format: s.codec.Format, Charset: s.codec.Charset, Cut: s.codec.Cut, MaxDepth: maxDepth})
	if err == nil {
		return v, nil, nil
	}
	rescued, again := salvage(raw, s.codec)
	if again != nil {
		return v, nil, err
	}
	return rescued.value, rescued, nil
}

func (s *Source) read(a rules.Answer, body codec.Value, rescued *salvaged) (*page, error) {
	c := s.config
	scope := expr.NewScope(expr.Vars{Status: a.Status, Headers: first(a.Header), Body: &body, Text: &a.Text, Trace: true})
	nodes, ok, err := c.items.List(scope)
	if err != nil {
		return nil, fmt.Errorf("items: %w", err)
	}
	if !ok {
		return nil, errors.New("items: the page has no list there")
	}
	p := &page{}
	sum := sm3.New()
	for _, n := range nodes {
		one := s.item(n, body, rescued)
		sum.Write(one.in.Document)
		sum.Write([]byte{'\n'})
		p.items = append(p.items, one)
	}
	sum.Sum(p.digest[:0])
	if c.until != nil {
		if p.last, err = c.until.True(scope); err != nil {
			return nil, fmt.Errorf("until: %w", err)
		}
	}
	return p, nil
}

// falls tells whether the times of a page's items fall from its top to its end.
func (p *page) falls() bool {
	var top, end time.Time
	for _, one := range p.items {
		if at := one.in.Time; !at.IsZero() {
			if end = at; top.IsZero() {
				top = at
			}
		}
	}
	return end.Before(top)
}

func first(h map[string][]string) map[string]string {
	out := make(map[string]string, len(h))
	for k, vs := range h {
		if len(vs) > 0 {
			out[k] = vs[0]
		}
	}
	return out
}

// item makes a document of a page's entry.
func (s *Source) item(n expr.Node, body codec.Value, rescued *salvaged) item {
	v, document, err := s.split(n)
	if rescued != nil && bad(&n.Value) {
		text, _ := s.encode(n, codec.Options{Format: s.codec.Format, Declaration: new(bool)})
		if text == nil {
			text = codec.AppendJSON(nil, n.Value)
		}
		document, err = rescued.restore(string(text), s.codec.Charset), errors.New("holds what is no document of the codec")
	}
	vars := expr.Vars{Item: &v}
	if s.config.usesPages {
		vars.Body = &body
	}
	scope := expr.NewScope(vars)
	one := item{}
	one.in, one.bad = s.config.each.Item(v, document, scope)
	if err != nil {
		one.bad = err
		one.in.Content = document // what was put aside belongs to it
	}
	one.in.Unreadable = one.bad != nil
	if s.config.cursor != nil {
		one.at, _ = s.config.cursor.from.Text(scope) // an item without one does not move the cursor
	}
	return one
}

// split gives an entry's value and its bytes. A line of text is read by a codec
// that has lines of its own.
func (s *Source) split(n expr.Node) (codec.Value, []byte, error) {
	if n.Value.Kind == codec.String && (s.codec.Format == "form" || s.codec.Format == "csv" || s.codec.Format == "text") {
		raw, err := codec.EncodeText(n.Value.Text, s.codec.Charset, nil)
		if err != nil || s.codec.Format == "text" {
			return n.Value, raw, err
		}
		v, err := codec.Decode(raw, codec.Options{Format: s.codec.Format, Charset: s.codec.Charset, Cut: s.codec.Cut})
		if err != nil {
			return n.Value, raw, err
		}
		return v, raw, nil
	}
	raw, err := s.encode(n, codec.Options{Format: s.codec.Format, Charset: s.codec.Charset})
	if err != nil {
		return n.Value, codec.AppendJSON(nil, n.Value), err
	}
	return n.Value, raw, nil
}

// encode writes an entry as a document: of XML under its element's name, of CSV
// below a header.
func (s *Source) encode(n expr.Node, o codec.Options) ([]byte, error) {
	v := n.Value
	wrap := func(name string, v codec.Value) codec.Value {
		return codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: name, Value: v}}}
	}
	switch s.codec.Format {
	case "xml":
		name := n.Name
		if name == "" {
			name = "item"
		}
		v = wrap(name, v)
	case "csv":
		v = wrap("rows", codec.Value{Kind: codec.Array, Items: []codec.Value{v}})
	}
	return codec.Encode(nil, v, o)
}
