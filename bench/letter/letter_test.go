package letter_test

import (
	"encoding/json"
	"testing"
	"time"

	"duijie/bench/letter"
	"duijie/internal/event"
	"duijie/schemas"
)

func TestTheMeasuredMessagesAreWhatTheNationalSchemaAsks(t *testing.T) {
	v, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	for size, most := range map[int]int{letter.Small: 2600, letter.Large: 201_000} {
		b := letter.New("990000", size).Write(7)
		if len(b) < size || len(b) > most {
			t.Errorf("%d bytes", len(b))
		}
		e, p := event.Parse(b)
		if p != nil {
			t.Fatalf("%v", p)
		}
		if items, _ := v.Validate(e.Type, e.Data); len(items) > 0 {
			t.Errorf("%v", items)
		}
		if n, ok := letter.Number(b, "caseNo"); !ok || n != 7 {
			t.Errorf("number %d, %v", n, ok)
		}
	}
	if _, ok := letter.Number([]byte(`{"caseNo":"B12"}`), "caseNo"); ok {
		t.Error("half a number is one")
	}
}

func TestShortOnesAreJSON(t *testing.T) {
	for _, kind := range []string{letter.First, letter.Next, letter.Last} {
		if b := letter.Short("990000", "B1", kind, 1, time.Now()); !json.Valid(b) {
			t.Errorf("%s: %s", kind, b)
		}
	}
}
