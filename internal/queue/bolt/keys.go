package bolt

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"
)

// The buckets. A key's parts stand in the comment; seq and times are 8 bytes, big
// end first. Their numbers stand in the journal: none is ever used for another.
const (
	bMeta    journal.Bucket = iota // format, horizon, and the last sequence number as of a purge
	bRecord                        // seq → record
	bPayload                       // seq → sealed message
	bFrozen                        // seq → sealed document
	bDraft                         // seq → sealed: what the attempt under way held back
	bMemory                        // unit, 0, direction, hash of type and subject → seq, sealed
	bReceipt                       // receipt → seq
	bID                            // hash of id, hash of source → seq
	bKey                           // key, 0, seq
	bFind                          // hash of subject (where no lane is named after it) or of an id that is in no bID, seq
	bCaseOf                        // unit, 0, lane, 0, seq: all of a case
	bLane                          // unit, 0, direction, lane, 0, seq → member: the open ones
	bPass                          // the same: queued ones that may pass a head
	bHead                          // empty; format 1 kept there what stands in due
	bDue                           // unit, 0, direction, due, seq → lane: candidates of lanes
	bState                         // state, unit, 0, direction, seq
	bHeld                          // since, seq: downward, platform not told
	bAwait                         // until, seq
	bRef                           // unit, 0, hash of the await reference, seq
	bWait                          // unit, 0, hash of the wait key, seq
	bNamed                         // digest, seq: not purged
	bCase                          // unit, 0, lane → case
	bCross                         // unit, 0, kind, 0, scope, 0, side, 0, id → other id
	bCount                         // unit, 0, direction, state → number
	bUnit                          // code → state
	bSmall                         // key → value
	bPlace                         // hash of the lane, unit: where a case of a national id is known
	bSpan                          // seq without its last 8 bits → what may be found there
)

// names are the buckets' names in the file, by number.
var names = []string{
	"meta", "record", "payload", "frozen", "draft", "memory", "receipt", "id", "key", "find", "timeline", "lane", "pass", "candidate", "due",
	"state", "held", "await", "ref", "wait", "material", "case", "crosswalk", "count", "unit", "small", "place", "span",
}

// straight are the buckets that pass the journal by: payloads come in order and
// stay, a claim looks for the first of what is due, and any program can read meta.
var straight = []journal.Bucket{bMeta, bPayload, bDue}

var (
	kFormat   = []byte("format")
	kHorizon  = []byte("horizon")
	kSequence = []byte("sequence")
)

// stateByte is a state in keys.
var stateByte = map[queue.State]byte{
	queue.Queued: 'q', queue.Sending: 's', queue.Awaiting: 'a', queue.Held: 'h', queue.Acked: 'k', queue.Cancelled: 'c',
}

var stateOf = map[byte]queue.State{
	'q': queue.Queued, 's': queue.Sending, 'a': queue.Awaiting, 'h': queue.Held, 'k': queue.Acked, 'c': queue.Cancelled,
}

// maxLane is the longest lane that stands in keys as it is.
const maxLane = 1024

func be(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func num(b []byte) uint64 { return binary.BigEndian.Uint64(b) }

// digestKey is a material's digest in keys; nil where it is none.
func digestKey(digest string) []byte {
	b, err := hex.DecodeString(digest)
	if err != nil || len(b) != 32 {
		return nil
	}
	return b
}

// tail is the sequence number that a key ends with.
func tail(key []byte) uint64 { return num(key[len(key)-8:]) }

// instant orders times as bytes, the zero time first.
func instant(t time.Time) []byte {
	if t.IsZero() {
		return be(0)
	}
	return be(uint64(t.UnixNano()) ^ 1<<63)
}

func instantOf(b []byte) time.Time {
	n := num(b)
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, int64(n^1<<63))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func hash(s string) []byte {
	h := sha256.Sum256([]byte(s))
	return h[:16]
}

func idKey(source, id string) []byte { return append(hash(id), hash(source)...) }

func unitKey(unit string) []byte { return append([]byte(unit), 0) }

func dirByte(d queue.Direction) byte {
	if d == queue.ToNational {
		return 'u'
	}
	return 'd'
}

func targetKey(t queue.Target) []byte { return append(unitKey(t.Unit), dirByte(t.Direction)) }

// targetOf reads what targetKey wrote, and gives the rest.
func targetOf(key []byte) (t queue.Target, rest []byte) {
	i := bytes.IndexByte(key, 0)
	t.Unit, t.Direction = string(key[:i]), queue.ToLocal
	if key[i+1] == 'u' {
		t.Direction = queue.ToNational
	}
	return t, key[i+2:]
}

// laneBytes is a lane in keys: of a fixed size where it is overlong.
func laneBytes(lane string) []byte {
	if len(lane) > maxLane {
		return append([]byte(lane[:maxLane]), hash(lane)...)
	}
	return []byte(lane)
}

// laneKey is the prefix of a lane's members; a member's key is 8 bytes longer,
// which tells it from one of a lane that goes on after a zero byte.
func laneKey(id queue.LaneID) []byte {
	return append(append(targetKey(id.Target), laneBytes(id.Lane)...), 0)
}

func caseKey(unit, lane string) []byte { return append(unitKey(unit), laneBytes(lane)...) }

func placeKey(unit, lane string) []byte { return append(hash(lane), unit...) }

func timelineKey(unit, lane string) []byte { return append(caseKey(unit, lane), 0) }

func crossKey(x rules.Cross, id string) []byte {
	k := unitKey(x.Unit)
	for _, p := range []string{x.Kind, x.Scope, x.Side} {
		k = append(append(k, p...), 0)
	}
	return append(k, laneBytes(id)...)
}

func memoryKey(m queue.Memory) []byte {
	return append(targetKey(queue.Target{Unit: m.Unit, Direction: m.Direction}), hash(m.Type+"\n"+m.Subject)...)
}

func countKey(c queue.Count) []byte { return append(targetKey(c.Target), stateByte[c.State]) }

// Flags of a member in the lane index.
const (
	flagUrgent = 1 << iota
	flagOpens
	flagWaits
	flagSkipped // open, but no member
)

// memberBytes is a member in the lane index: state, flags, due.
func memberBytes(d *queue.Delivery) []byte {
	var f byte
	for _, x := range []struct {
		on  bool
		bit byte
	}{{d.Urgent, flagUrgent}, {d.Opens, flagOpens}, {d.WaitsOrder, flagWaits}, {!d.InLane(), flagSkipped}} {
		if x.on {
			f |= x.bit
		}
	}
	return append([]byte{stateByte[d.State], f}, instant(d.DueAt)...)
}

func memberOf(key, v []byte) (m queue.Member, skipped bool) {
	f := v[1]
	return queue.Member{
		Seq: tail(key), State: stateOf[v[0]], DueAt: instantOf(v[2:]),
		Urgent: f&flagUrgent != 0, Opens: f&flagOpens != 0, WaitsOrder: f&flagWaits != 0,
	}, f&flagSkipped != 0
}
