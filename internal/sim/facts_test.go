package sim

import (
	"testing"
	"time"

	"duijie/schemas"
)

func TestEveryPublishedDisputeMakesACaseThatTheProfileTakes(t *testing.T) {
	facts, err := PublishedFacts()
	if err != nil {
		t.Fatal(err)
	}
	v, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	rejected := 0
	for i, f := range facts {
		data, err := delegated(f, "C1", "510104", uint64(i), time.Date(2026, 11, 20, 9, 0, 0, 0, zone))
		if err != nil {
			t.Fatal(err)
		}
		items, warnings := v.Validate("case.delegated", data)
		if len(items)+len(warnings) > 0 {
			t.Errorf("%s: %v %v", f.Source, items, warnings)
		}
		if (f.End == nil) == (f.Reject == nil) {
			t.Errorf("%s: ends neither one way nor the other", f.Source)
		}
		if f.Reject != nil {
			rejected++
		}
	}
	if rejected != 1 {
		t.Errorf("%d disputes are rejected, want 1", rejected)
	}
}

func TestEqualSeedsMakeEqualCases(t *testing.T) {
	facts, _ := PublishedFacts()
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, zone)
	a, _ := delegated(facts[0], "C1", "510104", 7, now)
	b, _ := delegated(facts[0], "C1", "510104", 7, now)
	c, _ := delegated(facts[0], "C1", "510104", 8, now)
	if string(a) != string(b) || string(a) == string(c) {
		t.Error("a case does not follow its seed")
	}
}
