package adapter_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"duijie/adapter"
)

func TestKindSurvivesWrapping(t *testing.T) {
	plain := errors.New("what happened")
	for name, c := range map[string]struct {
		err  error
		sent bool
		want adapter.Outcome
		code string
	}{
		"plain before the first byte":    {plain, false, adapter.Transient, "network"},
		"plain after the first byte":     {plain, true, adapter.UnknownTaken, "network"},
		"deadline before":                {context.DeadlineExceeded, false, adapter.Transient, "timeout"},
		"deadline after":                 {context.DeadlineExceeded, true, adapter.UnknownTaken, "timeout"},
		"permanent":                      {adapter.Permanent(plain), true, adapter.Refused, "status"},
		"retry after, although sent":     {adapter.RetryAfter(plain, time.Second), true, adapter.Transient, "status"},
		"unknown, although nothing left": {adapter.Unknown(plain), false, adapter.UnknownTaken, "network"},
		"trouble":                        {adapter.Trouble("status-401", plain), true, adapter.UnitTrouble, "status"},
	} {
		wrapped := fmt.Errorf("deliver: %w", errors.Join(errors.New("beside"), fmt.Errorf("post: %w", c.err)))
		if f := adapter.Classify(wrapped, c.sent); f.Outcome != c.want || f.Code != c.code {
			t.Errorf("%s: %s %s", name, f.Outcome, f.Code)
		}
		if !errors.Is(wrapped, plain) && c.code != "timeout" {
			t.Errorf("%s: the cause is lost", name)
		}
	}
}

func TestSentBelongsToOneAttempt(t *testing.T) {
	outer, a := adapter.Track(context.Background())
	inner, b := adapter.Track(outer)
	adapter.SentOf(inner).Mark()
	if a.Yes() || !b.Yes() || adapter.SentOf(outer) != a {
		t.Fatal("the mark went to another attempt")
	}
	adapter.SentOf(context.Background()).Mark() // outside an attempt: nothing
}

func TestContentTypes(t *testing.T) {
	for c, want := range map[adapter.Codec]string{
		{}: "application/json", {Format: "json", Charset: "GBK"}: "application/json; charset=GBK", {Format: "xml", Charset: "gb18030"}: "application/xml; charset=GB18030",
		{Format: "form"}: "application/x-www-form-urlencoded; charset=UTF-8", {Format: "csv", Charset: "GBK"}: "text/csv; charset=GBK", {Format: "text"}: "text/plain; charset=UTF-8",
	} {
		if got := c.ContentType(); got != want {
			t.Errorf("%v: %s, want %s", c, got, want)
		}
	}
}
