package poll_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/adapter/adaptertest"
	"duijie/internal/problem"
)

func TestPagesAreWalkedToTheFirstThatIsKnown(t *testing.T) {
	l, in := newList(t, 10, lines(35)...), &adaptertest.Intake{}
	run(t, open(t, l, paged, &memory{}, nil), in)
	until(t, "35 items", func() bool { return len(in.Taken()) == 35 })
	walked(t, l, 2)
	before := len(l.requests())
	walked(t, l, 2)
	if pages := l.requests()[before:]; slices.ContainsFunc(pages, func(p string) bool { return p != "1" }) {
		t.Fatalf("nothing is new, and yet pages %v were asked for", pages)
	}
	l.add(row{ID: "NEW", At: stamp(time.Minute)})
	until(t, "the new one", func() bool { return ids(in)["NEW"] == 1 })
	got := in.Taken()[34] // the pages' items are taken from the list's end
	if got.Type != "case.progress" || got.ID != "S0035|"+got.Time.In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04:05") || got.Endpoint != "poll" ||
		!strings.Contains(string(got.Document), `"id":"S0035"`) || got.Unreadable {
		t.Fatalf("%+v", got)
	}
}

// A list has its newest first; what came since the last walk is taken in the order
// in which it happened, over all pages and across a restart.
func TestWhatCameSinceIsTakenOldestFirst(t *testing.T) {
	l, in, m := newList(t, 10, lines(20)...), &adaptertest.Intake{}, &memory{}
	stop := run(t, open(t, l, paged, m, nil), in)
	until(t, "20 items", func() bool { return len(in.Taken()) == 20 })
	walked(t, l, 2)
	batch := func(name string) []row {
		var rows []row
		for i := 35; i > 0; i-- {
			rows = append(rows, row{ID: fmt.Sprintf("%s%02d", name, i), At: stamp(time.Minute)})
		}
		return rows
	}
	l.add(batch("A")...)
	until(t, "35 more", func() bool { return len(in.Taken()) == 55 })
	walked(t, l, 2)
	stop()
	l.add(batch("B")...)
	run(t, open(t, l, paged, m, nil), in)
	until(t, "35 more after a restart", func() bool { return len(ids(in)) == 90 })
	var got, want []string
	for _, one := range in.Taken() {
		if id, _, _ := strings.Cut(one.ID, "|"); id[0] != 'S' {
			got = append(got, id)
		}
	}
	for _, name := range []string{"A", "B"} {
		for i := range 35 {
			want = append(want, fmt.Sprintf("%s%02d", name, i+1))
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("taken in this order: %v", got)
	}
}

// At first contact too, and in lists that are read to their end, as their times tell.
func TestTheOldestOfAListIsTakenFirst(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		rows func() []row
	}{
		"newest first, until known":                  {paged, func() []row { return lines(35) }},
		"newest first, until empty":                  {strings.Replace(paged, "until: known", "until: empty", 1), func() []row { return lines(35) }},
		"oldest first, until empty":                  {strings.Replace(paged, "until: known", "until: empty", 1), func() []row { rows := lines(35); slices.Reverse(rows); return rows }},
		"oldest first, and nothing says how they go": {since, func() []row { rows := lines(35); slices.Reverse(rows); return rows }},
	} {
		t.Run(name, func(t *testing.T) {
			l, in := newList(t, 10, c.rows()...), &adaptertest.Intake{}
			run(t, open(t, l, c.text, &memory{}, nil), in)
			until(t, "35 items", func() bool { return len(in.Taken()) == 35 })
			for i, one := range in.Taken() {
				if !strings.HasPrefix(one.ID, fmt.Sprintf("S%04d", i+1)) {
					t.Fatalf("item %d is %s", i+1, one.ID)
				}
			}
		})
	}
}

// A page that fails once is asked for anew, so that the order is kept; one that
// fails again and again does not keep back what lies above it.
func TestAFailingPageCostsOrderOnlyWhenItLasts(t *testing.T) {
	for name, c := range map[string]struct{ failures, first string }{"once": {"1", "A01"}, "always": {"all", "A11"}} {
		t.Run(name, func(t *testing.T) {
			l, in := newList(t, 10, lines(10)...), &adaptertest.Intake{}
			run(t, open(t, l, paged, &memory{}, nil), in)
			until(t, "10 items", func() bool { return len(in.Taken()) == 10 })
			walked(t, l, 2)
			failed := 0
			l.do(func() {
				l.fault = func(page int) (int, string) {
					if page != 3 || c.failures == "1" && failed > 0 {
						return 0, ""
					}
					failed++
					return 500, "no"
				}
			})
			var rows []row
			for i := 30; i > 0; i-- {
				rows = append(rows, row{ID: fmt.Sprintf("A%02d", i), At: stamp(time.Minute)})
			}
			l.add(rows...)
			until(t, "more", func() bool { return len(in.Taken()) > 10 })
			if id, _, _ := strings.Cut(in.Taken()[10].ID, "|"); id != c.first {
				t.Errorf("the first is %s, want %s", id, c.first)
			}
		})
	}
}

// ListItemSecondStateIsTaken: a list shows a case's new state under its old id.
func TestListItemSecondStateIsTaken(t *testing.T) {
	l, in := newList(t, 10, lines(3)...), &adaptertest.Intake{}
	run(t, open(t, l, strings.Replace(paged, `string(item.id) + "|" + item.gxsj`, "item.id", 1), &memory{}, nil), in)
	until(t, "3 items", func() bool { return len(in.Taken()) == 3 })
	l.do(func() { l.rows[1].Text = "another state" })
	until(t, "the second state", func() bool { return ids(in)["S0002"] == 2 })
}

func TestAWalkThatWasCutOffIsMadeUpFor(t *testing.T) {
	for _, c := range []struct {
		name  string
		crash bool
	}{{"a page fails", false}, {"killed", true}} {
		t.Run(c.name, func(t *testing.T) {
			l, in, m := newList(t, 10, lines(50)...), &adaptertest.Intake{}, &memory{}
			l.fault = func(page int) (int, string) {
				if page == 3 {
					return 500, "no"
				}
				return 0, ""
			}
			stop := run(t, open(t, l, paged, m, nil), in)
			until(t, "two pages", func() bool { return len(in.Taken()) == 20 })
			walked(t, l, 3) // page 1 is all known now, but what lies below page 2 is not
			if c.crash {
				stop()
			}
			l.do(func() { l.fault = nil })
			if c.crash {
				run(t, open(t, l, paged, m, nil), in)
			}
			until(t, "all", func() bool { return len(ids(in)) == 50 })
			walked(t, l, 2)
			before := len(l.requests())
			walked(t, l, 2)
			if pages := l.requests()[before:]; slices.Contains(pages, "2") {
				t.Fatalf("made up for, and yet it goes deep: %v", pages)
			}
		})
	}
}

func TestItemsThatMoveBetweenPagesAreNotMissed(t *testing.T) {
	for name, meanwhile := range map[string]func(l *list, page int){
		"new ones come on top": func(l *list, page int) {
			if page > 1 && len(l.rows) < 60 {
				l.rows = append([]row{{ID: fmt.Sprint("N", len(l.rows)), At: stamp(time.Minute)}}, l.rows...)
			}
		},
		"ones go from the top": func(l *list, page int) {
			if page > 1 && len(l.rows) > 40 {
				l.rows = l.rows[1:]
			}
		},
		"one in the middle goes": func(l *list, page int) {
			if page == 3 && len(l.rows) > 45 {
				l.rows = append(append([]row(nil), l.rows[:12]...), l.rows[13:]...)
			}
		},
		"old ones come on top again": func(l *list, page int) {
			if page == 3 && len(l.asked) < 10 {
				last := l.rows[len(l.rows)-1]
				last.At = stamp(time.Minute)
				l.rows = append([]row{last}, l.rows[:len(l.rows)-1]...)
			}
		},
	} {
		for _, until1 := range []string{"known", "empty"} {
			t.Run(name+", until "+until1, func(t *testing.T) {
				text := paged
				if until1 == "empty" {
					text = since
				}
				l, in := newList(t, 10, lines(50)...), &adaptertest.Intake{}
				var ever []string
				l.before = func(l *list, page int) {
					meanwhile(l, page)
				}
				run(t, open(t, l, text, &memory{}, nil), in)
				walked(t, l, 6)
				l.do(func() {
					for _, r := range l.rows {
						ever = append(ever, r.ID)
					}
				})
				walked(t, l, 2)
				got := ids(in)
				for _, id := range ever {
					if got[id] == 0 {
						t.Errorf("%s was missed", id)
					}
				}
			})
		}
	}
}

func TestCursorMovesOnlyAfterAllBeforeItIsDurable(t *testing.T) {
	l, in, m := newList(t, 10, lines(25)...), &adaptertest.Intake{}, &memory{}
	l.fault = func(page int) (int, string) {
		if page == 3 {
			return 503, ""
		}
		return 0, ""
	}
	run(t, open(t, l, since, m, nil), in)
	until(t, "two pages", func() bool { return len(in.Taken()) == 20 })
	walked(t, l, 2)
	if got := m.cursor(); got != "" {
		t.Fatalf("the cursor is at %s, and a page was never read", got)
	}
	in.Refuse(&problem.Problem{Code: "store"})
	l.do(func() { l.fault = nil })
	walked(t, l, 3)
	if got := m.cursor(); got != "" {
		t.Fatalf("the cursor is at %s, and five items are not durable", got)
	}
	in.Refuse(nil)
	until(t, "all", func() bool { return len(in.Taken()) == 25 })
	newest := lines(25)[0].At
	until(t, "the cursor", func() bool { return m.cursor() != "" })
	if got := m.cursor(); got > newest {
		t.Fatalf("cursor %s, newest %s", got, newest)
	}
	walked(t, l, 2)
	var asked string
	l.do(func() { asked = l.asked[len(l.asked)-1].URL.Query().Get("since") })
	if want, err := time.Parse("2006-01-02 15:04:05", m.cursor()); err != nil || asked != want.Add(-10*time.Minute).Format("2006-01-02 15:04:05") {
		t.Fatalf("asked since %s with the cursor at %s", asked, m.cursor())
	}
	late := row{ID: "LATE", At: lines(25)[5].At} // committed late, below the cursor and within the overlap
	l.do(func() { l.rows = append(l.rows, late) })
	until(t, "what was committed late", func() bool { return ids(in)["LATE"] == 1 })
}

func TestTheMemoryFailsAndNothingIsLost(t *testing.T) {
	l, in, m := newList(t, 10, lines(15)...), &adaptertest.Intake{}, &memory{fail: errors.New("full")}
	run(t, open(t, l, paged, m, nil), in)
	walked(t, l, 2)
	if len(in.Taken()) != 0 {
		t.Fatal("taken before it was remembered that a walk had begun")
	}
	m.mu.Lock()
	m.fail = nil
	m.mu.Unlock()
	until(t, "all", func() bool { return len(in.Taken()) == 15 })
}

func TestADateInTheFutureDoesNotDeafen(t *testing.T) {
	l, in, m := newList(t, 10, append([]row{{ID: "FUTURE", At: "2099-01-01 00:00:00"}}, lines(3)...)...), &adaptertest.Intake{}, &memory{}
	run(t, open(t, l, since, m, nil), in)
	until(t, "the cursor", func() bool { return m.cursor() != "" })
	if got := m.cursor(); got > stamp(2*time.Hour) {
		t.Fatalf("the cursor ran to %s", got)
	}
	l.add(row{ID: "NOW", At: stamp(time.Hour)})
	until(t, "a present one", func() bool { return ids(in)["NOW"] == 1 })
}

func TestOneThatIsRefusedHoldsTheCursorAndStopsNothing(t *testing.T) {
	l, in, m := newList(t, 10, lines(4)...), &refusing{id: "S0002"}, &memory{}
	run(t, open(t, l, since, m, nil), in)
	until(t, "the others", func() bool { return len(in.Taken()) == 3 })
	until(t, "the cursor", func() bool { return m.cursor() != "" })
	if got, want := m.cursor(), lines(4)[2].At; got > want {
		t.Fatalf("the cursor is at %s, beyond what is not durable (%s)", got, want)
	}
	in.set("")
	until(t, "it", func() bool { return len(in.Taken()) == 4 })
	until(t, "the cursor", func() bool { return m.cursor() > lines(4)[1].At })
}

func TestListsWithoutAnEndEnd(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		answer func(rows []row) string
		most   int
	}{
		"the last page again and again": {strings.Replace(paged, "until: known", "until: empty", 1), func([]row) string { return `{"list":[{"id":"1","gxsj":"x"}]}` }, 3},
		"no page is the last":           {strings.Replace(paged, "until: known", "until: 'body.last == true'", 1), func(rows []row) string { return `{"list":[]}` }, 2},
		"the page that says so":         {strings.Replace(paged, "until: known", "until: 'body.last == true'", 1), func(rows []row) string { return `{"last":true,"list":[{"id":"1","gxsj":"x"}]}` }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			l, in := newList(t, 10), &adaptertest.Intake{}
			l.answer = c.answer
			run(t, open(t, l, c.text, &memory{}, nil), in)
			walked(t, l, 3)
			pages := l.requests()
			for _, p := range pages {
				if p > fmt.Sprint(c.most) {
					t.Fatalf("pages %v", pages)
				}
			}
		})
	}
}

// Rows come on top before every request, two thirds of a page each time.
func TestAListThatGrowsWhileItIsReadIsTakenWholeAndInOrder(t *testing.T) {
	const perRequest, most = 7, 400
	l := newList(t, 10)
	n := 0
	l.before = func(l *list, _ int) {
		for range perRequest {
			if n == most {
				return
			}
			l.rows = append([]row{{ID: fmt.Sprintf("r%04d", n), At: stamp(time.Duration(n) * time.Second)}}, l.rows...)
			n++
		}
	}
	in := &adaptertest.Intake{}
	run(t, open(t, l, paged, &memory{}, nil), in)
	until(t, "every row", func() bool { return len(ids(in)) == most })
	var order []string
	for _, got := range in.Taken() {
		id, _, _ := strings.Cut(got.ID, "|")
		order = append(order, id)
	}
	if !slices.IsSorted(order) || len(order) != most {
		t.Errorf("%d rows taken in the order %v", len(order), order)
	}
}
