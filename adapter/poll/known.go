package poll

import (
	"context"
	"encoding/hex"
	"strings"

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

// newestMost is how many of the newest items are kept over a restart, so that the
// next walk finds where it left off and takes what came since in its order.
const newestMost = 8

// recall brings back what keepNewest kept: items that are durable.
func (l *loop) recall() {
	if l.memory == nil || !l.config.known {
		return
	}
	text, _ := l.memory.Get(l.word("newest"))
	for name := range strings.FieldsSeq(text) {
		var d [32]byte
		if n, err := hex.Decode(d[:], []byte(name)); err == nil && n == len(d) {
			l.seen.add(d)
		}
	}
}

// keepNewest keeps the newest items that are durable. Where it cannot, only the
// order of a later walk suffers.
func (w *walk) keepNewest(ctx context.Context) {
	if w.memory == nil || !w.config.known {
		return
	}
	var names []string
	for _, one := range w.newest {
		if d := digest(one.in); w.seen.has(d) {
			names = append(names, hex.EncodeToString(d[:]))
		}
	}
	text := strings.Join(names, " ")
	if before, _ := w.memory.Get(w.word("newest")); text == before || text == "" {
		return
	}
	w.once(ctx, "newest", "", w.memory.Put(ctx, w.word("newest"), text))
}
