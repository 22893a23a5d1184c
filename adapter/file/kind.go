// Package file is the adapter kind file: files exchanged with the local system
// in folders, on a local file system or over SFTP.
//
// The sink promises that a file stands under its name whole or not at all, that
// every repeat of a message goes under the name of its first attempt, and that a
// repeat after an unknown outcome looks for the file and its receipts before it
// writes. A message whose receipt file is asked for is acknowledged by that file
// alone. The source promises that a file is taken by one reader, moved to done
// only once its message is durable, and never deleted or overwritten: one that
// cannot be read goes to bad with the reason beside it and stops no other. What a
// killed reader left claimed is picked up again.
//
// The package follows no link, leaves its root by no name, and reads nothing
// beyond its limits. No error quotes content or a file's name. A Sink may be used
// by many goroutines at once; a Source and a watch run in one each. Both end with
// their context; Close ends connections.
package file

import "duijie/adapter"

// Kind is the adapter kind file.
var Kind = adapter.Kind{
	Name: "file",
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
