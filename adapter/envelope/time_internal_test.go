package envelope

import (
	"testing"
	"time"
)

func TestTimesOfEveryForm(t *testing.T) {
	want := time.Date(2026, 11, 24, 9, 30, 0, 0, time.FixedZone("", 8*3600))
	for _, s := range []string{"1795483800", "1795483800000", "2026-11-24T09:30:00+08:00", "2026-11-24T01:30:00Z", "2026-11-24 09:30:00", "20261124093000"} {
		if got, ok := readTime(s); !ok || !got.Equal(want) {
			t.Errorf("%s: %v %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "soon", "2026-11-24", "99999999999999999999"} {
		if got, ok := readTime(s); ok {
			t.Errorf("%s was read as %v", s, got)
		}
	}
}
