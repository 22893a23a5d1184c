package pack

import (
	"io/fs"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/internal/codec"
	"duijie/mapping"
)

// Retry is the schedule of repeats: the n-th failure in a row waits
// min(Initial·Multiplier^(n−1), Max) times a random factor in [1−Jitter, 1+Jitter].
type Retry struct {
	Initial, Max       time.Duration
	Multiplier, Jitter float64
}

// Limits bound what goes to the local system.
type Limits struct {
	Concurrency int
	// Rate is requests a second, probes included; 0: no limit. Burst is one second's worth.
	Rate    float64
	Timeout time.Duration // of one attempt
	Answer  int64         // bytes of an answer
	// BreakerFailures transient or unknown outcomes in a row open the breaker for BreakerOpen; 0: none.
	BreakerFailures int
	BreakerOpen     time.Duration // 30s unless set; unit trouble always uses it
}

// Pack is a province's folder, read and checked. It is immutable.
type Pack struct {
	Name    string // its folder's name
	Dir     string // as the user gave it, for findings; "builtin:NAME" for built-in ones
	FS      fs.FS
	Unit    string // unit: of pack.yaml; a unit that uses the pack may have another code
	Title   string // name: of pack.yaml
	Profile string // v1, or a folder inside the pack
	// Version is a digest over every file that matters for translation and delivery.
	Version string

	Codec, SinkCodec, SourceCodec, Answer adapter.Codec
	// SinkOptions and SourceOptions are the same codecs with all that the pack says of them.
	SinkOptions, SourceOptions codec.Options
	SinkKind, SourceKind       string // empty where the pack has none
	SinkNode, SourceNode       *yaml.Node
	Unknown                    string // error drop keep
	OrderWait, XrefWait        time.Duration
	Urgent                     map[string]bool
	Retry                      Retry
	Limits                     Limits
	// XrefKinds are the id kinds that the pack declares besides the built-in ones: kind → unit or case.
	XrefKinds map[string]string
	Set       *mapping.Set // nil where a finding kept it from compiling

	file         string // pack.yaml as findings name it
	sink, source adapter.Kind
	archive      []byte // the whole folder as a zip, so that the pack cannot change under its readers
}

// Finding is one thing wrong, at a place.
type Finding = mapping.Finding
