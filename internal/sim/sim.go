// Package sim plays the two ends that cannot run here: the national mediation
// platform (人社调解平台) and local mediation systems (地方调解仲裁系统). Both are real
// HTTP servers with wires of their own; `duijie demo`, `duijie sim`, load runs
// and integrators use the same ones.
//
// It promises independence: the simulators share nothing with the gateway but
// the national profile's schemas and the signature scheme of the national side,
// so that what their books say is a second opinion. A book records what a peer
// took (once a key, repeats counted); a ledger records what a peer sent and was
// told was accepted. Lost and doubled messages are found by comparing the two
// (see Compare), never by asking the gateway.
//
// Faults are decided by seed, key and the number of the request, so that a run
// can be repeated whatever the order of arrival, and their number for one message
// is bounded, so that every run ends.
//
// Books live in memory: after a restart a simulator has forgotten everything.
// Every system here, its names, ids and phones are invented; the facts of the
// disputes are published ones (facts.json names their sources).
package sim

import (
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// zone is the offset of all Chinese systems; they have no daylight saving.
var zone = time.FixedZone("+08:00", 8*60*60)

// Key is what a delivery is known by on both sides: the first 32 hex digits of
// SM3(unit LF source LF id). The simulators compute it by themselves, so that a
// gateway which mints other keys is found out.
func Key(unit, source, id string) string {
	sum := sm3.Sum([]byte(unit + "\n" + source + "\n" + id))
	return hex.EncodeToString(sum[:16])
}

// Event is a CloudEvents 1.0 event of the national side.
type Event struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Subject     string          `json:"subject"`
	Time        string          `json:"time"`
	Unit        string          `json:"unit"`
	Data        json.RawMessage `json:"data"`
}

// stamp is t as the national profile writes times.
func stamp(t time.Time) string { return t.In(zone).Format("2006-01-02T15:04:05.000Z07:00") }
