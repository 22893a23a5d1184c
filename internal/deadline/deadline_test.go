package deadline

import (
	"testing"
	"time"
)

// at is a moment of Asia/Shanghai.
func at(t *testing.T, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{"2006-01-02 15:04", time.DateOnly} {
		if m, err := time.ParseInLocation(layout, s, zone); err == nil {
			return m
		}
	}
	t.Fatalf("no moment: %s", s)
	return time.Time{}
}

// october has the days off of a week in October 2026 as an example of the data's
// form; the dates are not claimed to be those of the real notice.
var october = map[int]Year{2026: {
	Holidays: []string{"2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"},
	Workdays: []string{"2026-10-10"},
}}

func TestWorkingDays(t *testing.T) {
	c := NewCalendar(october)
	for day, want := range map[string]bool{
		"2026-09-30": true, "2026-10-01": false, "2026-10-03": false, "2026-10-08": true, "2026-10-10": true, "2026-10-11": false,
	} {
		if got := c.Working(at(t, day)); got != want {
			t.Errorf("%s is worked: %v, want %v", day, got, want)
		}
	}
	if c.Knows(2027) || !c.Knows(2026) {
		t.Error("the calendar has 2026 only")
	}
	if got := c.Missing(at(t, "2026-11-15")); len(got) != 1 || got[0] != 2027 {
		t.Errorf("missing %v, want 2027", got)
	}
}

func TestParseLength(t *testing.T) {
	for text, want := range map[string]Length{"3wd": {3, true}, "30d": {30, false}} {
		if got, err := ParseLength(text); err != nil || got != want {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3", "d", "0d", "-1wd", "3w"} {
		if _, err := ParseLength(text); err == nil {
			t.Errorf("%q was taken for a length", text)
		}
	}
}

func TestClocks(t *testing.T) {
	type clock struct{ name, due, state string }
	for name, c := range map[string]struct {
		facts func(at func(string) time.Time) Facts
		now   string
		want  []clock
	}{
		"working days pass a holiday over": {
			facts: func(at func(string) time.Time) Facts { return Facts{Taken: at("2026-09-30 09:00")} },
			now:   "2026-10-09 10:00",
			want:  []clock{{"accept", "2026-10-10", Running}}, // 8, 9 and the worked Saturday 10
		},
		"answered in time": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Taken: at("2026-11-02 09:00"), Answered: at("2026-11-05 23:59")}
			},
			now:  "2026-12-01",
			want: []clock{{"accept", "2026-11-05", Met}},
		},
		"answered a minute late": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Taken: at("2026-11-02 09:00"), Answered: at("2026-11-06 00:00")}
			},
			now:  "2026-12-01",
			want: []clock{{"accept", "2026-11-05", MetLate}},
		},
		"nobody answered": {
			facts: func(at func(string) time.Time) Facts { return Facts{Taken: at("2026-11-02 09:00")} },
			now:   "2026-11-06 00:00",
			want:  []clock{{"accept", "2026-11-05", Overdue}},
		},
		"a withdrawal stops the clocks": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Taken: at("2026-11-02 09:00"), Answered: at("2026-11-03 10:00"), Platform: at("2026-11-03 10:01"), Delegation: "pre", Ended: at("2026-11-20 09:00")}
			},
			now:  "2027-02-01",
			want: []clock{{"accept", "2026-11-05", Met}, {"mediate.pre", "2026-12-03", Met}},
		},
		"委派 has thirty days from the platform's word": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Answered: at("2026-11-03 10:00"), Platform: at("2026-11-04 08:00"), Delegation: "pre"}
			},
			now:  "2026-11-20",
			want: []clock{{"mediate.pre", "2026-12-04", Running}},
		},
		"委托, ordinary: an end on a Sunday moves": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Platform: at("2026-11-07 08:00"), Delegation: "post", Procedure: "ordinary"}
			},
			now:  "2026-11-20",
			want: []clock{{"mediate.ordinary", "2026-11-23", Running}},
		},
		"委托, summary": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Platform: at("2026-11-02 08:00"), Delegation: "post", Procedure: "summary", Closed: at("2026-11-09 10:00")}
			},
			now:  "2026-11-20",
			want: []clock{{"mediate.summary", "2026-11-09", Met}},
		},
		"before the platform confirmed the acceptance nothing runs": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Answered: at("2026-11-03 10:00"), Delegation: "pre"}
			},
			now: "2026-11-20",
		},
		"each suspended day moves the end by one": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Applied: at("2026-11-02 08:00"), Pauses: []Pause{{at("2026-11-05 09:00"), at("2026-11-10 17:00")}}}
			},
			now:  "2026-11-20",
			want: []clock{{"mediate.own", "2026-11-23", Running}}, // 17 + 5 is Sunday 22
		},
		"a suspended case stands still": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Applied: at("2026-11-02 08:00"), Pauses: []Pause{{at("2026-11-05 09:00"), time.Time{}}}}
			},
			now:  "2027-01-05",
			want: []clock{{"mediate.own", "2027-01-18", Paused}}, // 17 November and 61 days is Sunday 17 January
		},
		"an extension moves the end": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Platform: at("2026-11-02 08:00"), Delegation: "pre", Asked: at("2026-11-25 09:00"), Decided: at("2026-11-26 09:00"), NewDue: at("2026-12-31 00:00")}
			},
			now:  "2026-12-20",
			want: []clock{{"mediate.pre", "2026-12-31", Running}},
		},
		"granted days without a date": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Platform: at("2026-11-02 08:00"), Delegation: "pre", Asked: at("2026-11-25 09:00"), Decided: at("2026-11-26 09:00"), Extended: 10}
			},
			now:  "2026-12-20",
			want: []clock{{"mediate.pre", "2026-12-14", Overdue}}, // 2 + 10 is Saturday 12
		},
		"the agreement's two roads": {
			facts: func(at func(string) time.Time) Facts {
				return Facts{Effective: at("2026-11-02 00:00"), Confirming: at("2026-12-02 09:00")}
			},
			now:  "2026-12-03",
			want: []clock{{"confirm", "2026-12-02", Met}, {"review", "2026-11-17", Overdue}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rule{Lengths: Defaults(), Calendar: NewCalendar(october)}
			got := r.Clocks(c.facts(func(s string) time.Time { return at(t, s) }), at(t, c.now))
			if len(got) != len(c.want) {
				t.Fatalf("%d clocks, want %d: %+v", len(got), len(c.want), got)
			}
			for i, w := range c.want {
				g := got[i]
				if g.Name != w.name || g.State != w.state || !g.DueAt.Equal(lastSecond(at(t, w.due))) {
					t.Errorf("clock %s due %s %s, want %+v", g.Name, g.DueAt.Format("2006-01-02 15:04:05"), g.State, w)
				}
			}
		})
	}
}

func TestWarningAtTwoThirds(t *testing.T) {
	r := Rule{Lengths: Defaults(), Calendar: NewCalendar(nil)}
	c := r.Clocks(Facts{Applied: at(t, "2026-11-02 00:00")}, at(t, "2026-11-03"))
	if len(c) != 1 {
		t.Fatalf("%d clocks", len(c))
	}
	start := at(t, "2026-11-02 00:00")
	if want := start.Add(c[0].DueAt.Sub(start) * 2 / 3); !c[0].WarnAt.Equal(want) {
		t.Errorf("warns at %v, want %v", c[0].WarnAt, want)
	}
}

func TestExtensionRunsOnlyWhereConfigured(t *testing.T) {
	f := Facts{Asked: at(t, "2026-11-02 09:00")}
	r := Rule{Lengths: Defaults()}
	if got := r.Clocks(f, at(t, "2026-11-03")); len(got) != 0 {
		t.Errorf("an extension's clock without a length: %+v", got)
	}
	r.Lengths["extension"] = Length{2, true}
	got := r.Clocks(f, at(t, "2026-11-03"))
	if len(got) != 1 || got[0].Name != "extension" || got[0].State != Running {
		t.Errorf("clocks %+v", got)
	}
	f.Decided = at(t, "2026-10-01") // on an earlier request
	if got = r.Clocks(f, at(t, "2026-11-03")); got[0].State != Running {
		t.Errorf("an earlier decision stopped the clock: %+v", got)
	}
}
