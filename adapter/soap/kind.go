// Package soap is the adapter kind soap, both ways: a sink that calls a local
// system's SOAP service, and a source that local systems call at
// /local/{unit}/soap, with its WSDL. SOAP 1.1 and 1.2, document/literal.
//
// It promises one request an attempt, UTF-8 on the wire whatever charset the
// document inside is in, the document in CDATA as it is (a character that XML
// cannot hold holds the message, it never becomes another), the pack's rules over
// the result string first, then faults by whose fault they say it is, then the
// delivery's table of statuses. The source answers after the message is durable.
// No external entity and no document type is ever read, depth and size are
// bounded. After nil the receiver has the message; after an error
// adapter.Classify says what is known; no error quotes content.
package soap

import "duijie/adapter"

// Kind is the adapter kind soap.
var Kind = adapter.Kind{
	Name: "soap",
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
