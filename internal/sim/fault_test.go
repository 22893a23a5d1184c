package sim

import (
	"fmt"
	"testing"
	"time"
)

func TestFaultsFollowTheSeedNotTheOrderOfArrival(t *testing.T) {
	f, _ := FindFault("default")
	run := func(seed uint64, backwards bool) map[string]string {
		u, got := newUnruly(f, seed), map[string]string{}
		for i := range 200 {
			if backwards {
				i = 199 - i
			}
			key := fmt.Sprint(i)
			for range 5 {
				got[key] += fmt.Sprint(u.next(key), " ")
			}
		}
		return got
	}
	a, b, c := run(1, false), run(1, true), run(2, false)
	if fmt.Sprint(a) != fmt.Sprint(b) {
		t.Error("the order of arrival changed the faults")
	}
	if fmt.Sprint(a) == fmt.Sprint(c) {
		t.Error("another seed gave the same faults")
	}
}

func TestEveryFaultEndsForEveryMessage(t *testing.T) {
	for _, f := range Faults() {
		if f.Name == "permanent" {
			continue
		}
		u := newUnruly(f, 3)
		for i := range 100 {
			key := fmt.Sprint(i)
			for range 20 {
				u.next(key)
			}
			if a := u.next(key); a != behave {
				t.Errorf("%s: message %d is still treated badly", f.Name, i)
			}
		}
	}
}

func TestPermanentRefusesFewMessagesAndThoseForGood(t *testing.T) {
	f, _ := FindFault("permanent")
	u, bad := newUnruly(f, 1), map[string]bool{}
	for range 3 {
		for i := range 500 {
			if key := fmt.Sprint(i); u.next(key) == refuseForGood {
				bad[key] = true
			} else if bad[key] {
				t.Fatalf("message %s was taken after its refusal for good", key)
			}
		}
	}
	if len(bad) == 0 || len(bad) > 3 {
		t.Errorf("%d messages refused for good, want 1 to 3", len(bad))
	}
}

func TestFaultsDoWhatTheirNameSays(t *testing.T) {
	for _, c := range []struct {
		fault  string
		status int
		taken  bool
	}{
		{"refuse", 503, false}, {"html", 200, false}, {"cut", 200, true}, {"503-retry-after", 503, false},
		{"unauthorised", 401, false}, {"timeout", 0, false}, {"late-ack", 200, true},
	} {
		n := startNational(t, NationalOptions{Fault: c.fault, Hold: 20 * time.Millisecond})
		n.faults.fault.rate = 1
		status, code := up(t, n, Signer{"v1sm3", testKey}, accepted("k1", "C1"))
		if status != c.status || (n.Book().Len() == 1) != c.taken {
			t.Errorf("%s: status %d %s, %d in the book", c.fault, status, code, n.Book().Len())
		}
		for range 3 {
			status, code = up(t, n, Signer{"v1sm3", testKey}, accepted("k1", "C1"))
		}
		if status != 200 || code != "refused" || n.Book().Len() != 1 {
			t.Errorf("%s: in the end status %d %s, %d in the book", c.fault, status, code, n.Book().Len())
		}
	}
}
