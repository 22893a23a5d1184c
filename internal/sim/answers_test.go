package sim

import (
	"encoding/json"
	"testing"
	"time"

	"duijie/schemas"
)

func TestEveryAnswerOfThePlatformFitsTheProfile(t *testing.T) {
	n := startNational(t, NationalOptions{})
	a, err := newAnswers(n, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	played := map[string]bool{}
	for on, rules := range a.rules {
		for _, rule := range rules {
			data := object{"requestNo": "R1", "sessionNo": "S1", "agreementNo": "A1"}
			for k, v := range rule.When {
				data[k] = v
			}
			d, _ := json.Marshal(data)
			doc, _ := json.Marshal(Event{Data: d})
			flow, ok := schemas.Lookup(on)
			if !ok || !flow.Up() {
				t.Errorf("%s never comes up", on)
			}
			subject := "C1"
			if on == "stats.period.reported" {
				subject = "2026-11"
			}
			for _, e := range a.to(Taken{Key: "0123456789abcdef0123456789abcdef", Type: on, Subject: subject, Unit: "510000", Document: doc}, time.Now()) {
				if items, warnings := n.valid.Validate(e.Type, e.Data); len(items)+len(warnings) > 0 {
					t.Errorf("%s: %v %v", e.Type, items, warnings)
				}
				if flow, _ := schemas.Lookup(e.Type); !flow.Down() || e.Subject == "" {
					t.Errorf("%s cannot go down, or has no subject", e.Type)
				}
				played[e.Type] = true
			}
		}
	}
	if len(played) < 18 {
		t.Errorf("only %d types are answered", len(played))
	}
}

func TestTemplatesAreFilled(t *testing.T) {
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, zone)
	value := func(name string) string {
		if text, ok := moment(name, "t", now, l1Time); ok {
			return text
		}
		return map[string]string{"no": "7"}[name]
	}
	got, _ := json.Marshal(fill(map[string]any{"a": "{t}", "b": []any{"x-{no}-{no}", 3.0}, "c": "{t+2d}", "d": "{unknown}", "e": "open {"}, value))
	if want := `{"a":"2026-11-20 09:00:00","b":["x-7-7",3],"c":"2026-11-22 09:00:00","d":"","e":"open {"}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// little is a local system that knows no dossiers.
type little struct{ Local }

func (little) Unit() string          { return "130000" }
func (little) Takes(typ string) bool { return typ != "case.dossier.requested" }

func TestPlatformAsksALimitedSystemForNothingElse(t *testing.T) {
	a, err := newAnswers(startNational(t, NationalOptions{}), "", []Local{little{}})
	if err != nil {
		t.Fatal(err)
	}
	closed := []byte(`{"data":{"next":"confirmation"}}`)
	for unit, want := range map[string]int{"130000": 0, "510000": 1} {
		if got := a.to(Taken{Unit: unit, Type: "case.closed", Subject: "C1", Document: closed}, time.Now()); len(got) != want {
			t.Errorf("%s is asked %d times, want %d", unit, len(got), want)
		}
	}
}
