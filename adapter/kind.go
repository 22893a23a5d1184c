package adapter

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Settings is what pack and unit say of one sink or source, already merged:
// the pack's `sink:` or `source:` mapping with the unit's settings laid over
// `settings` key by key, secrets still as `secret:NAME`. File and line of each
// node are kept, so that findings can point at them.
type Settings struct {
	File string     // name for findings
	Node *yaml.Node // the `sink:` or `source:` mapping
	// Codec is the codec that holds for this end (source.codec, sink.codec or the pack's).
	Codec Codec
	// Answer is how answers are read; sinks only.
	Answer Codec
	// Timeout bounds one attempt; Answers over MaxAnswer bytes are cut and unreadable.
	Timeout   time.Duration
	MaxAnswer int64
	// SinkNode is the sink's mapping for a source (a source takes from
	// sink.settings, key by key, what its own settings leave out).
	SinkNode *yaml.Node
	// FromUnit names the keys of settings that the unit set, not the pack: the operator's word.
	FromUnit map[string]bool
}

// Codec is format and charset of documents: json|xml|form|csv|rows|text; UTF-8|GBK|GB18030.
type Codec struct {
	Format, Charset string
	// Cut is trim where a lone lead byte at a value's end is to be removed in reading.
	Cut string
}

// ContentType is the media type of documents in a codec.
func (c Codec) ContentType() string {
	charset := strings.ToUpper(c.Charset)
	if charset == "" {
		charset = "UTF-8"
	}
	switch c.Format {
	case "", "json", "rows":
		if charset == "UTF-8" {
			return "application/json"
		}
		return "application/json; charset=" + charset
	case "xml":
		return "application/xml; charset=" + charset
	case "form":
		return "application/x-www-form-urlencoded; charset=" + charset
	case "csv":
		return "text/csv; charset=" + charset
	}
	return "text/plain; charset=" + charset
}

// Deps is what the world lends an adapter.
type Deps struct {
	Unit string
	// Secret gives the value bound to `secret:NAME`.
	Secret func(name string) (string, error)
	// Allow lists hosts besides that of url.
	Allow []string
	// Exchange lists the local folders that a pack's file adapters stay below.
	Exchange []string
	// PublicPath is the path under which a proxy puts the public listener; may be empty.
	PublicPath string
	// Memory keeps names and counters across restarts; nil where none is lent.
	Memory Memory
	// Materials keeps what comes with documents; nil where none is lent.
	Materials MaterialKeeper
	Now       func() time.Time
	Rand      *rand.Rand // nonces; nil: crypto-strong
	Log       *slog.Logger
}

// Finding is one thing wrong with settings, at a place.
type Finding struct {
	File      string
	Line, Col int
	Severity  string // error, warning, info
	Code      string
	Message   string
	Hint      string
}

// Kind is one kind of local system: how its sink and its source are built.
// Sink or Source is nil where the kind has none.
type Kind struct {
	Name string
	// CheckSink and CheckSource lint settings without secrets or network; all findings at once.
	CheckSink   func(Settings) []Finding
	CheckSource func(Settings) []Finding
	Sink        func(Settings, Deps) (Sink, error)
	Source      func(Settings, Deps) (Source, error)
}
