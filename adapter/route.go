package adapter

import (
	"errors"
	"time"
)

// ErrNoLocalRef is wrapped by the transient failure of a delivery whose settings
// speak of {localRef} while the message has none: before the acknowledgement that
// brings it, the delivery waits; after it, nothing will, and it needs a person.
var ErrNoLocalRef = errors.New("no local id yet")

// RouteInfo is what a sink's settings say about messages of one type beyond the
// sending itself; the gateway acts on it.
type RouteInfo struct {
	// OnUnknown is retry or hold: after an unknown outcome without a probe.
	OnUnknown string
	// AckTimeout bounds the wait for an acknowledgement that comes later; 0: none is set.
	AckTimeout time.Duration
	// OnAckTimeout is look or retry.
	OnAckTimeout string
	HasProbe     bool
	// Idempotent says that the route names a place for the key besides the header that http always sends.
	Idempotent bool
	// IdempotencyField is the path in the document where the key goes, from the top; empty: none.
	IdempotencyField string
	// Materials is none, link, multipart, base64:PATH or first-put:/path/{sha256}.
	Materials string
}

// Router is the optional ability of a sink to tell about its routes. ok is false
// where no route takes the type: such a delivery is held "refused".
type Router interface {
	RouteInfo(messageType string) (info RouteInfo, ok bool)
}
