package incoming_test

import (
	"context"
	"errors"
	"testing"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/incoming"
	"duijie/adapter/rules"
	"duijie/adapter/settings"
	"duijie/internal/problem"
)

func parse(t *testing.T, text string) (*incoming.Endpoint, []adapter.Finding) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	m := (&settings.Reader{}).Map(&n)
	e := incoming.Parse("report", m)
	m.End()
	return e, m.Findings
}

func hand(e *incoming.Endpoint, to adapter.Intake, document string) (string, string, error) {
	return e.Hand(context.Background(), to, []byte(document), rules.Read(0, nil, []byte(document), "", adapter.Codec{Format: "json"}))
}

func TestWhatCannotBeFoundStaysEmpty(t *testing.T) {
	e, findings := parse(t, `{type: {from: body.lx, values: {"1": case.accepted}}, dedupe: body.lsh, time: body.czsj, lane: body.bh.x}`)
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	in := &adaptertest.Intake{}
	typ, receipt, err := hand(e, in, `{"lx":"1","czsj":"yesterday","bh":"text"}`)
	got := in.Taken()
	if err != nil || typ != "case.accepted" || receipt != "receipt-1" || len(got) != 1 || got[0].ID != "" || got[0].Lane != "" || !got[0].Time.IsZero() || got[0].Endpoint != "report" {
		t.Fatal(typ, receipt, err, got)
	}
	var p *problem.Problem
	if _, _, err = hand(e, in, `{"lx":"2"}`); !errors.As(err, &p) || p.Code != "unknown-type" || len(in.Taken()) != 1 {
		t.Fatal(err)
	}
}

func TestRefusalsAreProblems(t *testing.T) {
	own := &problem.Problem{Code: "backpressure"}
	for _, c := range []struct {
		err  error
		code string
	}{{errors.Join(errors.New("x"), own), "backpressure"}, {adapter.ErrUnknownReference, "not-found"}, {errors.New("disk of 张三 is full"), "internal"}} {
		if p := incoming.Problem(c.err); p.Code != c.code || c.code == "internal" && p.Detail != "" {
			t.Errorf("%v: %+v", c.err, p)
		}
	}
}

func TestACallbackSettlesWhatItNames(t *testing.T) {
	e, findings := parse(t, `{acks: {correlate: body.wbbh, rules: [{when: body.jg == "1", ack: {localRef: body.ajbh}}, {when: body.jg == "2", hold: {code: body.dm}}]}}`)
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	in := &adaptertest.Intake{Known: []string{"k"}}
	for _, doc := range []string{`{"wbbh":"k","jg":"1","ajbh":"L"}`, `{"wbbh":"k","jg":"2","dm":"E1"}`, `{"wbbh":"k","jg":"on its way"}`} {
		if _, reference, err := hand(e, in, doc); err != nil || reference != "k" {
			t.Fatal(doc, err)
		}
	}
	if got := in.Late(); len(got) != 2 || got[0].Ack.LocalRef != "L" || !got[1].Refused || got[1].Code != "E1" {
		t.Fatalf("%+v", got)
	}
	if _, _, err := hand(e, in, `{"wbbh":"other","jg":"1"}`); !errors.Is(err, adapter.ErrUnknownReference) {
		t.Fatal(err)
	}
}
