package mapping

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMomentsSurviveEveryForm(t *testing.T) {
	zone := shanghai()
	rapid.Check(t, func(t *rapid.T) {
		moment := time.Unix(rapid.Int64Range(-2_300_000_000, 3_100_000_000).Draw(t, "unix"), 0)
		c := civilOf(moment).in(zone)
		if c.unix() != moment.Unix() {
			t.Fatalf("%v became %v", moment, c)
		}
		for _, raw := range []string{"rfc3339", "epoch-s", "epoch-ms", "yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss", "yyyy年M月d日 H时mm分ss秒"} {
			f, err := parseForm(raw)
			if err != nil {
				t.Fatal(err)
			}
			got, ok := f.parse(f.format(c, false))
			if !ok {
				t.Fatalf("%s cannot be read as %s", f.format(c, false), raw)
			}
			if !f.absolute() {
				got.lacksHour = false
				var placed bool
				if got, placed = got.place(zone); !placed {
					t.Fatalf("%s has no place", f.format(c, false))
				}
			}
			// An hour that comes twice takes the first.
			if d := moment.Unix() - got.unix(); d != 0 && d != 3600 {
				t.Fatalf("%v came back from %s %d seconds off", moment, raw, d)
			}
		}
	})
}

func TestRFC3339IsReadAsTheLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\.[0-9]{1,9})?(Z|[+-][01][0-9]:[0-5][0-9])`).Draw(t, "text")
		c, ok := parseRFC3339(text)
		want, err := time.Parse(time.RFC3339, text)
		if ok != (err == nil) {
			t.Fatalf("%s: %v, the library says %v", text, ok, err)
		}
		if ok && (c.unix() != want.Unix() || c.nano != want.Nanosecond()) {
			t.Fatalf("%s is %v", text, c)
		}
	})
}

func TestImpossibleTimesAreRefused(t *testing.T) {
	for _, c := range []struct{ form, text string }{
		{"yyyy-MM-dd", "2026-02-29"}, {"yyyy-MM-dd", "2026-13-01"}, {"yyyy-MM-dd", "0000-00-00"}, {"yyyyMMdd", "2026112"}, {"yyyyMMdd", "202611200"},
		{"yyyy-MM-dd HH:mm", "2026-01-01 24:00"}, {"yyyy-MM-dd HH:mm:ss", "2026-01-01 23:59:60"}, {"yyyy-MM-dd", "２０２６-01-01"}, {"epoch-s", "+1"}, {"epoch-s", "1.5"}, {"M月", "月"},
	} {
		f, err := parseForm(c.form)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := f.parse(c.text); ok {
			t.Errorf("%s reads %s", c.form, c.text)
		}
	}
}
