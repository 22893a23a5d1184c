// Package metrics is what Prometheus sees: counters and histograms that the road
// records as it goes, and gauges read from the gateway at each scrape.
//
// Names and labels are the contract's and never change meaning. No label ever
// carries a case id, a receipt or anything else of a person. There is no global
// registry: each Metrics has its own. All methods may be called by many at once.
package metrics

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics records and serves.
type Metrics struct {
	registry      *prometheus.Registry
	accepted      *prometheus.CounterVec
	attempts      *prometheus.CounterVec
	acceptToAck   prometheus.Histogram
	mapTook       prometheus.Histogram
	unknownFields *prometheus.CounterVec
	clockSkew     *prometheus.GaugeVec
}

// Seconds from acceptance to acknowledgement reach from a fast local call to a
// receipt file of the next day; translation takes micro- to milliseconds.
var (
	ackBuckets = []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 4 * 3600, 24 * 3600, 72 * 3600}
	mapBuckets = []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .5, 1}
)

// New makes the metrics of one process. version and commit say what was built.
func New(version, commit string) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		accepted: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "duijie_accepted_total",
			Help: "Messages accepted durably."}, []string{"unit", "direction", "type"}),
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "duijie_attempts_total",
			Help: "Attempts by outcome."}, []string{"unit", "direction", "outcome"}),
		acceptToAck: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "duijie_accept_to_ack_seconds",
			Help: "Seconds from acceptance to the receiver's acknowledgement.", Buckets: ackBuckets}),
		mapTook: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "duijie_map_seconds",
			Help: "Seconds that one translation took.", Buckets: mapBuckets}),
		unknownFields: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "duijie_unknown_fields_total",
			Help: "Source fields that no schema knows."}, []string{"unit", "type"}),
		clockSkew: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "duijie_clock_skew_seconds",
			Help: "Seconds by which our clock is ahead of the peer's, when it last signed or answered."}, []string{"peer"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Name: "duijie_build_info",
		Help: "Always 1; the labels say what is running.", ConstLabels: prometheus.Labels{"version": version, "commit": commit}})
	build.Set(1)
	m.registry.MustRegister(m.accepted, m.attempts, m.acceptToAck, m.mapTook, m.unknownFields, m.clockSkew, build,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Accepted counts one message that became durable; a duplicate is none.
func (m *Metrics) Accepted(unit, direction, typ string) {
	m.accepted.WithLabelValues(unit, direction, typ).Inc()
}

// Attempt counts one attempt's outcome.
func (m *Metrics) Attempt(unit, direction, outcome string) {
	m.attempts.WithLabelValues(unit, direction, outcome).Inc()
}

// AckAfter records the time from acceptance to acknowledgement.
func (m *Metrics) AckAfter(d time.Duration) { m.acceptToAck.Observe(d.Seconds()) }

// MapTook records how long one translation took.
func (m *Metrics) MapTook(d time.Duration) { m.mapTook.Observe(d.Seconds()) }

// UnknownField counts one source field that no schema knows.
func (m *Metrics) UnknownField(unit, typ string) { m.unknownFields.WithLabelValues(unit, typ).Inc() }

// ClockSkew says by how much our clock is ahead of a peer's. peer is a configured
// sender's or unit's name, never an address.
func (m *Metrics) ClockSkew(peer string, d time.Duration) {
	m.clockSkew.WithLabelValues(peer).Set(d.Seconds())
}

// Watch has the gauges read from state at each scrape. It is called once, before Handler serves.
func (m *Metrics) Watch(state func() State) { m.registry.MustRegister(stateCollector{state}) }

// Handler serves the metrics in Prometheus' formats.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
