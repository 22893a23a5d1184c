// Package sql is the adapter kind sql: exchange tables (前置库) in a database of
// the local system's, written by the sink and read by the source.
//
// The sink promises that a message's rows stand in its tables all or not at all
// and once: they go in one transaction, behind a look for the message's key in it.
// A connection that broke between insert and commit is unknown, and the next
// attempt looks again before it inserts. A row that the sink inserted is never
// inserted again because it is gone. The source promises that a row is marked
// only after it is durable, that what was read is what is marked, and that a row
// which cannot be read or marked stops no other.
//
// Values go as parameters only, and identifiers only as the catalogue spells
// them, quoted. No error quotes a value. The package creates no table and no
// database. A Sink may be used by many goroutines at once; a Source and a watch
// run in one each. Both end with their context; Close ends idle connections.
package sql

import "duijie/adapter"

// Kind is the adapter kind sql.
var Kind = adapter.Kind{
	Name: "sql",
	CheckSink: func(s adapter.Settings) []adapter.Finding {
		_, r := parseSink(s)
		return r.Findings
	},
	CheckSource: func(s adapter.Settings) []adapter.Finding {
		_, r := parseSource(s)
		return r.Findings
	},
	Sink:   func(s adapter.Settings, d adapter.Deps) (adapter.Sink, error) { return New(s, d) },
	Source: func(s adapter.Settings, d adapter.Deps) (adapter.Source, error) { return NewSource(s, d) },
}
