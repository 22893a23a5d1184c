package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// State is the gateway as it stands at a scrape.
type State struct {
	Now        time.Time
	Units      []Unit
	StoreBytes int64
	// Certificates are the ends of the certificates in use, by name.
	Certificates map[string]time.Time
}

// Unit is one unit at a scrape.
type Unit struct {
	Code        string
	Ways        []Way
	BreakerOpen bool
	Trouble     string         // the cause as a code; empty: none
	Overdue     map[string]int // overdue deadlines by clock
}

// Way is one direction of a unit.
type Way struct {
	Direction  string
	Deliveries map[string]int // by state
	Oldest     time.Time      // acceptance of the oldest that is not final; zero: none
}

var (
	deliveriesDesc  = prometheus.NewDesc("duijie_deliveries", "Deliveries by state.", []string{"unit", "direction", "state"}, nil)
	oldestDesc      = prometheus.NewDesc("duijie_oldest_seconds", "Age of the oldest delivery that is not final, 0 where there is none.", []string{"unit", "direction"}, nil)
	breakerDesc     = prometheus.NewDesc("duijie_breaker_open", "1 while the unit's breaker is open.", []string{"unit"}, nil)
	troubleDesc     = prometheus.NewDesc("duijie_unit_trouble", "1 while the unit has trouble of this cause.", []string{"unit", "cause"}, nil)
	overdueDesc     = prometheus.NewDesc("duijie_deadline_overdue", "Cases whose clock has run out.", []string{"unit", "name"}, nil)
	certificateDesc = prometheus.NewDesc("duijie_certificate_expiry_seconds", "Seconds until a certificate ends; negative after it.", []string{"name"}, nil)
	storeDesc       = prometheus.NewDesc("duijie_store_bytes", "Bytes of the store on disk.", nil, nil)
)

// stateCollector reads the state at each scrape.
type stateCollector struct{ read func() State }

// Describe implements prometheus.Collector.
func (c stateCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveriesDesc, oldestDesc, breakerDesc, troubleDesc, overdueDesc, certificateDesc, storeDesc} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c stateCollector) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	s := c.read()
	gauge(storeDesc, float64(s.StoreBytes))
	for name, end := range s.Certificates {
		gauge(certificateDesc, end.Sub(s.Now).Seconds(), name)
	}
	for _, u := range s.Units {
		for _, w := range u.Ways {
			for state, n := range w.Deliveries {
				gauge(deliveriesDesc, float64(n), u.Code, w.Direction, state)
			}
			gauge(oldestDesc, age(s.Now, w.Oldest), u.Code, w.Direction)
		}
		gauge(breakerDesc, one(u.BreakerOpen), u.Code)
		if u.Trouble != "" {
			gauge(troubleDesc, 1, u.Code, u.Trouble)
		}
		for name, n := range u.Overdue {
			gauge(overdueDesc, float64(n), u.Code, name)
		}
	}
}

func age(now, since time.Time) float64 {
	if since.IsZero() || now.Before(since) {
		return 0
	}
	return now.Sub(since).Seconds()
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
