package metrics

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("scrape: %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestEveryNameOfTheContractIsServed(t *testing.T) {
	m := New("1.2.3", "abc")
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	m.Watch(func() State {
		return State{Now: now, StoreBytes: 4096, Certificates: map[string]time.Time{"tls": now.Add(time.Hour)}, Units: []Unit{{
			Code: "510000", BreakerOpen: true, Trouble: "status-401", Overdue: map[string]int{"accept": 2},
			Ways: []Way{{Direction: "to-local", Deliveries: map[string]int{"queued": 3}, Oldest: now.Add(-90 * time.Second)}, {Direction: "to-national"}},
		}}}
	})
	m.Accepted("510000", "to-local", "case.delegated")
	m.Attempt("510000", "to-local", "acknowledged")
	m.AckAfter(2 * time.Second)
	m.MapTook(time.Millisecond)
	m.UnknownField("510000", "case.progress")
	m.ClockSkew("urn:national:mohrss", -3*time.Second)
	got := scrape(t, m)
	for _, line := range []string{
		`duijie_accepted_total{direction="to-local",type="case.delegated",unit="510000"} 1`,
		`duijie_attempts_total{direction="to-local",outcome="acknowledged",unit="510000"} 1`,
		`duijie_deliveries{direction="to-local",state="queued",unit="510000"} 3`,
		`duijie_oldest_seconds{direction="to-local",unit="510000"} 90`,
		`duijie_oldest_seconds{direction="to-national",unit="510000"} 0`,
		`duijie_accept_to_ack_seconds_count 1`,
		`duijie_map_seconds_count 1`,
		`duijie_breaker_open{unit="510000"} 1`,
		`duijie_unit_trouble{cause="status-401",unit="510000"} 1`,
		`duijie_unknown_fields_total{type="case.progress",unit="510000"} 1`,
		`duijie_clock_skew_seconds{peer="urn:national:mohrss"} -3`,
		`duijie_deadline_overdue{name="accept",unit="510000"} 2`,
		`duijie_certificate_expiry_seconds{name="tls"} 3600`,
		`duijie_store_bytes 4096`,
		`duijie_build_info{commit="abc",version="1.2.3"} 1`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
}

func TestTwoInOneProcessDoNotClash(t *testing.T) {
	a, b := New("", ""), New("", "")
	a.Accepted("510000", "to-local", "case.delegated")
	if strings.Contains(scrape(t, b), "duijie_accepted_total{") {
		t.Error("one gateway's counters show in the other's")
	}
}
