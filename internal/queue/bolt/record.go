package bolt

import (
	"encoding/hex"
	"fmt"
	"time"

	"duijie/internal/queue"

	"github.com/fxamacker/cbor/v2"
)

// record is a delivery on disk, without payload and frozen bytes, which lie in
// buckets of their own. Numbers are never used again for something else.
type record struct {
	Receipt     string            `cbor:"1,keyasint"`
	Key         string            `cbor:"2,keyasint"`
	Direction   queue.Direction   `cbor:"3,keyasint"`
	Unit        string            `cbor:"4,keyasint"`
	Source      string            `cbor:"5,keyasint"`
	ID          string            `cbor:"6,keyasint"`
	Type        string            `cbor:"7,keyasint"`
	Subject     string            `cbor:"8,keyasint,omitempty"`
	DataSchema  string            `cbor:"9,keyasint,omitempty"`
	Time        time.Time         `cbor:"10,keyasint,omitzero"` // keeps its zone
	AcceptedAt  int64             `cbor:"11,keyasint"`
	Digest      []byte            `cbor:"12,keyasint"`
	Lane        string            `cbor:"13,keyasint,omitempty"`
	Endpoint    string            `cbor:"14,keyasint,omitempty"`
	Native      bool              `cbor:"15,keyasint,omitempty"`
	Urgent      bool              `cbor:"16,keyasint,omitempty"`
	Opens       bool              `cbor:"17,keyasint,omitempty"`
	Warnings    []queue.Warning   `cbor:"18,keyasint,omitempty"`
	Stats       map[string]string `cbor:"19,keyasint,omitempty"`
	State       queue.State       `cbor:"20,keyasint"`
	StateAt     int64             `cbor:"21,keyasint"`
	DueAt       int64             `cbor:"22,keyasint,omitempty"`
	Failures    int               `cbor:"23,keyasint,omitempty"`
	Attempts    []attempt         `cbor:"24,keyasint,omitempty"`
	Tried       int               `cbor:"25,keyasint,omitempty"`
	Counts      map[string]int    `cbor:"26,keyasint,omitempty"`
	Unknown     bool              `cbor:"27,keyasint,omitempty"`
	UnknownAt   int64             `cbor:"28,keyasint,omitempty"`
	AwaitRef    string            `cbor:"29,keyasint,omitempty"`
	AwaitUntil  int64             `cbor:"30,keyasint,omitempty"`
	Reason      *queue.Reason     `cbor:"31,keyasint,omitempty"`
	LocalRef    string            `cbor:"32,keyasint,omitempty"`
	AckAt       int64             `cbor:"33,keyasint,omitempty"`
	Marks       []string          `cbor:"34,keyasint,omitempty"`
	Skipped     bool              `cbor:"35,keyasint,omitempty"`
	WaitsOrder  bool              `cbor:"36,keyasint,omitempty"`
	WaitFor     []string          `cbor:"37,keyasint,omitempty"`
	WaitSince   int64             `cbor:"38,keyasint,omitempty"`
	Missing     []string          `cbor:"39,keyasint,omitempty"`
	Notified    bool              `cbor:"40,keyasint,omitempty"`
	Judged      bool              `cbor:"41,keyasint,omitempty"`
	ByPerson    bool              `cbor:"42,keyasint,omitempty"`
	PackVersion string            `cbor:"43,keyasint,omitempty"`
	DocDigest   string            `cbor:"44,keyasint,omitempty"`
	Purged      bool              `cbor:"45,keyasint,omitempty"`
	Again       bool              `cbor:"46,keyasint,omitempty"` // a resend: not found by source and id
	Materials   [][]byte          `cbor:"47,keyasint,omitempty"`
	Restored    bool              `cbor:"48,keyasint,omitempty"`
}

// attempt is an attempt on disk: what the peer said is sealed.
type attempt struct {
	N           int    `cbor:"1,keyasint"`
	At          int64  `cbor:"2,keyasint"`
	Took        int64  `cbor:"3,keyasint,omitempty"`
	Outcome     string `cbor:"4,keyasint,omitempty"`
	Status      int    `cbor:"5,keyasint,omitempty"`
	Code        string `cbor:"6,keyasint,omitempty"`
	Detail      []byte `cbor:"7,keyasint,omitempty"`
	PackVersion string `cbor:"8,keyasint,omitempty"`
	DocDigest   string `cbor:"9,keyasint,omitempty"`
	Probe       bool   `cbor:"10,keyasint,omitempty"`
}

// format is how values are encoded: times keep their zone, text need not be UTF-8
// (what a peer named is kept as it came).
type format struct {
	enc cbor.EncMode
	dec cbor.DecMode
}

func newFormat() (format, error) {
	enc, err := cbor.EncOptions{Time: cbor.TimeRFC3339Nano}.EncMode()
	if err != nil {
		return format{}, err
	}
	dec, err := cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode()
	return format{enc, dec}, err
}

func (s *Store) encode(d *queue.Delivery, again bool) ([]byte, error) {
	r := record{
		Receipt: d.Receipt, Key: d.Key, Direction: d.Direction, Unit: d.Unit, Source: d.Source, ID: d.ID, Type: d.Type,
		Subject: d.Subject, DataSchema: d.DataSchema, Time: d.Time, AcceptedAt: nano(d.AcceptedAt), Digest: d.Digest[:],
		Lane: d.Lane, Endpoint: d.Endpoint, Native: d.Native, Urgent: d.Urgent, Opens: d.Opens, Warnings: d.Warnings, Stats: d.Stats,
		State: d.State, StateAt: nano(d.StateAt), DueAt: nano(d.DueAt), Failures: d.Failures, Tried: d.Tried, Counts: d.Counts,
		Unknown: d.Unknown, UnknownAt: nano(d.UnknownSince), AwaitRef: d.AwaitRef, AwaitUntil: nano(d.AwaitUntil),
		Reason: d.Reason, LocalRef: d.LocalRef, AckAt: nano(d.AckAt), Marks: d.Marks, Skipped: d.Skipped,
		WaitsOrder: d.WaitsOrder, WaitFor: d.WaitFor, WaitSince: nano(d.WaitSince), Missing: d.Missing, Notified: d.Notified,
		Judged: d.Judged, ByPerson: d.ByPerson, PackVersion: d.PackVersion, DocDigest: d.DocDigest, Purged: d.Purged, Again: again, Restored: d.Restored,
	}
	for _, digest := range d.Materials {
		if key := digestKey(digest); key != nil {
			r.Materials = append(r.Materials, key)
		}
	}
	for _, a := range d.Attempts {
		w := attempt{N: a.N, At: nano(a.At), Took: int64(a.Took), Outcome: a.Outcome, Status: a.Status, Code: a.Code,
			PackVersion: a.PackVersion, DocDigest: a.DocDigest, Probe: a.Probe}
		if a.Detail != "" {
			w.Detail = s.o.Seal.Seal([]byte(a.Detail))
		}
		r.Attempts = append(r.Attempts, w)
	}
	b, err := s.cbor.enc.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode record %s: %w", d.Receipt, err)
	}
	return b, nil
}

func (s *Store) decode(seq uint64, b []byte) (d *queue.Delivery, again bool, err error) {
	var r record
	if err := s.cbor.dec.Unmarshal(b, &r); err != nil {
		return nil, false, fmt.Errorf("decode record %d: %w", seq, err)
	}
	d = &queue.Delivery{
		Message: queue.Message{
			Seq: seq, Receipt: r.Receipt, Key: r.Key, Direction: r.Direction, Unit: r.Unit, Source: r.Source, ID: r.ID, Type: r.Type,
			Subject: r.Subject, DataSchema: r.DataSchema, Time: r.Time, AcceptedAt: at(r.AcceptedAt),
			Lane: r.Lane, Endpoint: r.Endpoint, Native: r.Native, Urgent: r.Urgent, Opens: r.Opens, Warnings: r.Warnings, Stats: r.Stats,
		},
		State: r.State, StateAt: at(r.StateAt), DueAt: at(r.DueAt), Failures: r.Failures, Tried: r.Tried, Counts: r.Counts,
		Unknown: r.Unknown, UnknownSince: at(r.UnknownAt), AwaitRef: r.AwaitRef, AwaitUntil: at(r.AwaitUntil),
		Reason: r.Reason, LocalRef: r.LocalRef, AckAt: at(r.AckAt), Marks: r.Marks, Skipped: r.Skipped,
		WaitsOrder: r.WaitsOrder, WaitFor: r.WaitFor, WaitSince: at(r.WaitSince), Missing: r.Missing, Notified: r.Notified,
		Judged: r.Judged, ByPerson: r.ByPerson, PackVersion: r.PackVersion, DocDigest: r.DocDigest, Purged: r.Purged, Restored: r.Restored,
	}
	copy(d.Digest[:], r.Digest)
	for _, digest := range r.Materials {
		d.Materials = append(d.Materials, hex.EncodeToString(digest))
	}
	for _, w := range r.Attempts {
		a := queue.Attempt{N: w.N, At: at(w.At), Took: time.Duration(w.Took), Outcome: w.Outcome, Status: w.Status, Code: w.Code,
			PackVersion: w.PackVersion, DocDigest: w.DocDigest, Probe: w.Probe}
		if len(w.Detail) > 0 {
			detail, err := s.o.Seal.Open(w.Detail)
			if err != nil {
				return nil, false, fmt.Errorf("open sealed detail of record %d: %w", seq, err)
			}
			a.Detail = string(detail)
		}
		d.Attempts = append(d.Attempts, a)
	}
	return d, r.Again, nil
}

// nano is a time as a number; 0 is the zero time.
func nano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func at(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n)
}
