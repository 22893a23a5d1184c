package national_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/national"
)

const event = `{"specversion":"1.0","id":"k","data":{"name":"张三","idNumber":"510102199001011234","phone":"13800138000"}}`

func message() adapter.Message {
	return adapter.Message{Key: "00112233445566778899aabbccddeeff", Type: "case.accepted", Subject: "N-1", Document: []byte(event)}
}

func open(t testing.TB, c national.Config) *national.Sink {
	t.Helper()
	s, err := national.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	adaptertest.RunSink(t, adaptertest.Sink{
		Message: message(),
		Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
			r := adaptertest.NewHTTP(t, secure)
			return open(t, national.Config{URL: r.URL, Timeout: l.Timeout, MaxAnswer: l.MaxAnswer}), r
		},
		Unreachable: func(t *testing.T, l adaptertest.Limits) adapter.Sink {
			c, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			return open(t, national.Config{URL: "http://" + c.Addr().String(), Timeout: l.Timeout})
		},
	})
}

func TestEventAsSigned(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	at := time.Unix(1790000000, 5e8)
	s := open(t, national.Config{URL: r.URL + "/v1/messages?x=1", Now: func() time.Time { return at },
		Sign: func(id string, ts time.Time, body []byte) (string, error) {
			return fmt.Sprintf("v1sm3,%s|%d|%d", id, ts.Unix(), len(body)), nil
		}})
	if _, err := s.Deliver(context.Background(), message()); err != nil {
		t.Fatal(err)
	}
	got, body := r.Last()
	if got.RequestURI != "/v1/messages?x=1" || string(body) != event {
		t.Fatal(got.RequestURI, string(body))
	}
	for k, want := range map[string]string{"Content-Type": "application/cloudevents+json", "webhook-id": message().Key, "webhook-timestamp": "1790000000",
		"webhook-signature": fmt.Sprintf("v1sm3,%s|1790000000|%d", message().Key, len(event))} {
		if got.Header.Get(k) != want {
			t.Errorf("%s: %q, want %q", k, got.Header.Get(k), want)
		}
	}
}

func TestOutcomes(t *testing.T) {
	var status int
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	defer server.Close()
	const reused = `{"type":"urn:duijie:problem:id-reused","status":409}`
	for _, c := range []struct {
		name         string
		status       int
		body         string
		afterUnknown bool
		want         adapter.Outcome
		mark         string
	}{
		{"object", 200, `{}`, false, adapter.Acknowledged, ""},
		{"accepted", 202, `{"receipt":"x"}`, false, adapter.Acknowledged, ""},
		{"no content", 204, ``, false, adapter.Acknowledged, ""},
		{"empty 200", 200, ``, false, adapter.UnknownTaken, ""},
		{"list", 200, `[]`, false, adapter.UnknownTaken, ""},
		{"word", 200, `"ok"`, false, adapter.UnknownTaken, ""},
		{"login page", 200, `<html>`, false, adapter.UnknownTaken, ""},
		{"id-reused after an unknown attempt", 409, reused, true, adapter.Acknowledged, national.ContentDiffers},
		{"id-reused of a first attempt", 409, reused, false, adapter.Refused, ""},
		{"another conflict after an unknown attempt", 409, `{"type":"urn:duijie:problem:too-old"}`, true, adapter.Refused, ""},
		{"schema", 422, `{}`, false, adapter.Refused, ""},
		{"signature refused", 401, `{}`, false, adapter.UnitTrouble, ""},
		{"full", 503, `{}`, false, adapter.UnknownTaken, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body = c.status, c.body
			m := message()
			m.AfterUnknown = c.afterUnknown
			ack, err := open(t, national.Config{URL: server.URL}).Deliver(context.Background(), m)
			got := adapter.Acknowledged
			if err != nil {
				got = adapter.Classify(err, true).Outcome
			}
			if got != c.want || ack.Mark != c.mark {
				t.Fatalf("%s %+v (%v)", got, ack, err)
			}
		})
	}
}

func TestUnusableKeyIsTrouble(t *testing.T) {
	s := open(t, national.Config{URL: "http://127.0.0.1:1", Sign: func(string, time.Time, []byte) (string, error) { return "", errors.New("no key") }})
	_, err := s.Deliver(context.Background(), message())
	if f := adapter.Classify(err, false); f.Outcome != adapter.UnitTrouble {
		t.Fatalf("%+v", f)
	}
	if _, err := national.New(national.Config{URL: "ftp://x"}); err == nil {
		t.Fatal("took an ftp url")
	}
}
