package adapter

import (
	"context"
	"errors"
	"io"
	"time"
)

// Material is an attachment (附件) that a message names.
type Material struct {
	Name      string // as the sender called it: personal data, never a path
	SHA256    string // 64 lower-case hex digits
	Size      int64  // bytes, as the store has it
	MediaType string
	// Link is where the receiver may fetch it, as path and query of the public
	// listener; only where the route says `materials: link`.
	Link string
}

// ErrMaterialTooLarge is a keeper's word on what is over the limit.
var ErrMaterialTooLarge = errors.New("material over the limit")

// OpenMaterial streams a material's content; the caller closes it. Only materials
// that the message names can be opened.
type OpenMaterial func(sha256 string) (io.ReadCloser, int64, error)

// MaterialKeeper stores what comes with a local system's document, whole and
// durable when Keep returns. An empty media type is told from the content. An
// error of the reader is returned as it is, wrapped; any other is the gateway's
// own trouble, and the document must not be taken.
type MaterialKeeper interface {
	Keep(ctx context.Context, name, mediaType string, r io.Reader) (Material, error)
}

// Preparer is the optional ability of a sink to hand over a message's materials
// before the message itself, in requests of their own. Nil: the receiver has all
// of them. Repeating it is harmless; what the receiver has is not sent again.
type Preparer interface {
	// Prepares tells whether messages of this type are prepared at all.
	Prepares(messageType string) bool
	Prepare(ctx context.Context, m Message) error
}

// SlowestPerSecond is the pace in bytes that a receiver of materials is granted
// beyond an attempt's timeout.
const SlowestPerSecond = 256 << 10

// TimeFor is how much longer than its timeout an attempt may take that carries n bytes.
func TimeFor(n int64) time.Duration {
	return time.Duration(n/SlowestPerSecond) * time.Second
}
