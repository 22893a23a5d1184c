package poll

import (
	"github.com/emmansun/gmsm/sm3"

	"duijie/adapter"
)

// known remembers what is durable, in two generations of knownMost, so that what
// is listed again and again costs the store nothing. What it forgets is found by
// the gateway's own dedupe. It belongs to one goroutine.
type known struct{ young, old map[[32]byte]bool }

const knownMost = 50_000

// digest names an item with its content.
func digest(in adapter.Incoming) [32]byte {
	h := sm3.New()
	for _, part := range [][]byte{[]byte(in.Type), []byte(in.ID), in.Content} {
		h.Write([]byte{byte(len(part) >> 24), byte(len(part) >> 16), byte(len(part) >> 8), byte(len(part))})
		h.Write(part)
	}
	return [32]byte(h.Sum(nil))
}

func (k *known) has(d [32]byte) bool { return k.young[d] || k.old[d] }

func (k *known) add(d [32]byte) {
	if k.young == nil || len(k.young) >= knownMost {
		k.old, k.young = k.young, map[[32]byte]bool{}
	}
	k.young[d] = true
}
