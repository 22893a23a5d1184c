package file

import (
	"fmt"
	"time"

	"duijie/adapter"
	"duijie/adapter/incoming"
	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/expr"
)

// incoming makes a message of a document, whose attachments detach stores. One that the codec cannot read, or
// whose type is not listed, is a *bad.
func (l *reader) incoming(name string, document []byte, detach func(*codec.Value) ([]string, error)) (adapter.Incoming, error) {
	in := adapter.Incoming{Endpoint: l.read.dir, Type: l.read.typ, Document: document, ReissueHold: l.read.hold, Strict: l.read.strict}
	body, err := codec.Decode(document, codec.Options{Format: l.codec.Format, Charset: l.codec.Charset, Cut: l.codec.Cut})
	if err != nil {
		return in, &bad{"unreadable", "the codec cannot read the document"}
	}
	text, err := codec.Text(document, l.codec.Charset)
	if err != nil {
		text = "" // the declaration named another charset
	}
	scope := expr.NewScope(expr.Vars{Body: &body, Text: &text, Name: &name})
	if l.read.typeOf != nil {
		v, err := l.read.typeOf.Text(scope)
		if err != nil {
			return in, &bad{"type", "the type cannot be told"}
		}
		if in.Type = l.read.types[v]; in.Type == "" {
			return in, &bad{"type", "a type that is not listed"}
		}
	}
	// What is wrong from here on is the pack's fault: the message is taken and held.
	if err := l.identify(&in, name, scope); err != nil {
		in.ID, in.Unreadable = name, true
		l.log.Warn("a file is handed on as unreadable", "error", err)
	}
	if in.Materials, err = detach(&body); err != nil {
		return in, err
	}
	if len(in.Materials) > 0 && l.read.materials.Kind != "entries" {
		if in.Document, err = codec.Encode(nil, body, codec.Options{Format: l.codec.Format, Charset: l.codec.Charset}); err != nil {
			return in, &bad{"attachment", "the document has no place for what stands for an attachment"}
		}
	}
	in.Content = incoming.Content(body, l.read.volatile)
	return in, nil
}

// identify sets what expressions say of the message.
func (l *reader) identify(in *adapter.Incoming, name string, scope *expr.Scope) (err error) {
	if l.read.dedupe != nil {
		if in.ID, err = l.read.dedupe.Text(scope); err != nil {
			return fmt.Errorf("dedupe: %w", err)
		}
		if in.ID == "" {
			in.ID = name
		}
	}
	if l.read.lane != nil {
		if in.Lane, err = l.read.lane.Text(scope); err != nil {
			return fmt.Errorf("lane: %w", err)
		}
	}
	if l.read.time != nil {
		if v, err := l.read.time.Text(scope); err == nil {
			in.Time = eventTime(v, l.read.pattern)
		}
	}
	return nil
}

// eventTime reads a time; the zero time, where it is none, stands for the arrival.
func eventTime(s, pattern string) time.Time {
	if pattern == "" {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t
		}
		pattern = "yyyy-MM-dd HH:mm:ss"
	}
	t, err := template.ParseTime(s, pattern)
	if err != nil {
		return time.Time{}
	}
	return t
}
