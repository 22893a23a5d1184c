package sim

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// LocalOptions say how a simulated local system is played.
type LocalOptions struct {
	Listen string // empty: a free port of the loopback
	Unit   string // docking unit code; the kind's own where empty
	// Key is the shared signing key of the wire, both ways.
	Key   string
	Fault string // see Faults
	Seed  uint64
	// Pace is the pause between two steps of a case; 0: none.
	Pace time.Duration
	// Clerks work cases at once; 16 where 0.
	Clerks int
	// Hold is the longest that a fault keeps a caller waiting; a minute where 0.
	Hold time.Duration
	// Dir is an existing folder for the system's own files (exchange tables,
	// exchange folders, keys); a temporary one, removed by Close, where empty.
	Dir string
}

// Docking is what a gateway's unit must say to reach a local system.
type Docking struct {
	Settings map[string]any    // the unit's `settings`
	Secrets  map[string]string // the unit's `secrets`: each one's text by its name
}

// Local is a local mediation system (地方调解仲裁系统), simulated: it takes cases,
// works each by a script and reports what happens to the gateway.
type Local interface {
	Kind() string
	Unit() string
	// URL is where it takes messages.
	URL() string
	// Docking is what the gateway's unit must be told to reach it.
	Docking() Docking
	// Connect tells where the gateway's public listener is; what the clerks have
	// to say waits until then. Only the first call counts.
	Connect(gateway string)
	// Affairs has it say, once a call, what belongs to no delegated case: rosters,
	// experts, accounts, figures, reports, a case of its own.
	Affairs()
	// Idle tells whether nobody there is at work.
	Idle() bool
	// Book is what it took, Ledger what it said.
	Book() *Book
	Ledger() *Ledger
	io.Closer
}

// localKind is one row of the list of kinds.
type localKind struct {
	name, unit, en string
	start          func(LocalOptions) (Local, error)
}

func localKinds() []localKind {
	return []localKind{
		{"L1", "510000", "REST, JSON, SM3 signature in headers, push", startL1},
		{"L2", "320000", "SOAP 1.1, WS-Security, GBK XML in one string, both ways", startL2},
		{"L3", "440000", "exchange tables in a SQLite file", startL3},
		{"L4", "130000", "forms in GBK, MD5 signature, text answers; the gateway polls a list", startL4},
		{"L5", "650000", "zips in exchange folders over SFTP, XML in GB18030, receipt files", startL5},
		{"L5", "660000", "the sister of L5 at the 兵团: the same folders, other codes and forms", startL5},
		{"L6", "310000", "it pulls and confirms; an SM2/SM3/SM4 envelope both ways", startL6},
	}
}

// LocalKind describes a kind of local system that can be simulated.
type LocalKind struct {
	Kind string `json:"kind"`
	Unit string `json:"unit"`
	EN   string `json:"en"`
}

// Keyless tells a kind whose wire has no shared key.
func (k LocalKind) Keyless() bool { return k.Kind == "L3" || k.Kind == "L5" || k.Kind == "L6" }

// LocalKinds lists the kinds by their names in the reference packs.
func LocalKinds() []LocalKind {
	var out []LocalKind
	for _, k := range localKinds() {
		out = append(out, LocalKind{k.name, k.unit, k.en})
	}
	return out
}

// StartLocal starts a local system of that kind, named L1 or by its unit's code.
func StartLocal(kind string, o LocalOptions) (Local, error) {
	kinds := localKinds()
	i := slices.IndexFunc(kinds, func(k localKind) bool { return k.name == kind || k.unit == kind })
	if i < 0 {
		return nil, fmt.Errorf("no local system of kind %q", kind)
	}
	if o.Unit == "" {
		o.Unit = kinds[i].unit
	}
	if o.Clerks == 0 {
		o.Clerks = 16
	}
	l, err := kinds[i].start(o)
	if err != nil {
		return nil, fmt.Errorf("local system %s: %w", kinds[i].name, err)
	}
	return l, nil
}
