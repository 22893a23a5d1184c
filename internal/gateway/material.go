package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"duijie/adapter"
	"duijie/internal/material"
	"duijie/internal/problem"
	"duijie/internal/queue"
	"duijie/schemas"
)

// Patience with materials (附件) that a message names and nobody has put yet.
const (
	materialAlarm   = 10 * time.Minute
	materialHeld    = 24 * time.Hour
	materialRecheck = 5 * time.Minute // being told is not waiting for this
)

// maxNamed bounds how many materials are remembered of one message.
const maxNamed = 1000

// materialsOf are the Material objects of national data, in its order. In the
// profile's closed schemas nothing else has a member sha256.
func materialsOf(data []byte) []adapter.Material {
	if !bytes.Contains(data, []byte(`"sha256"`)) {
		return nil
	}
	var out []adapter.Material
	if r := schemas.Read(data); r.Enter() {
		collect(&r, &out)
	}
	return out
}

// collect goes over what is in the object or list that was entered.
func collect(r *schemas.Reader, out *[]adapter.Material) {
	var m adapter.Material
	at := len(*out)
	for r.Next() {
		if r.Enter() {
			collect(r, out)
			continue
		}
		switch string(r.Name) {
		case "sha256":
			m.SHA256, _ = r.Text()
		case "name":
			m.Name, _ = r.Text()
		case "mediaType":
			m.MediaType, _ = r.Text()
		}
	}
	if material.Valid(m.SHA256) {
		*out = slices.Insert(*out, at, m)
	}
}

// digestsOf are the digests of materials, each once.
func digestsOf(ms []adapter.Material) (out []string) {
	for _, m := range ms {
		if len(out) < maxNamed && !slices.Contains(out, m.SHA256) {
			out = append(out, m.SHA256)
		}
	}
	return out
}

// digestsIn are the runs of 64 hex digits in a local document: what its
// translation may turn out to name.
func digestsIn(document []byte, known []string) []string {
	out := slices.Clone(known)
	run := 0
	for i := 0; i <= len(document); i++ {
		if i < len(document) && isHex(document[i]) {
			run++
			continue
		}
		if run == 64 && len(out) < maxNamed {
			d := string(bytes.ToLower(document[i-64 : i]))
			if !slices.Contains(out, d) {
				out = append(out, d)
			}
		}
		run = 0
	}
	return out
}

func isHex(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'f' || 'A' <= b && b <= 'F'
}

// owner is a caller as the material store tells them apart.
func owner(c Caller) string {
	if c.Unsigned {
		return "unsigned"
	}
	return "sender " + c.Name
}

// PutMaterial takes a material, or a part of it, from a sender.
func (g *Gateway) PutMaterial(ctx context.Context, c Caller, p material.Part, body io.Reader) (material.Taken, error) {
	store := g.o.Materials
	if store == nil || !material.Valid(p.Digest) {
		return material.Taken{}, &problem.Problem{Code: "not-found"}
	}
	p.Owner = owner(c)
	if _, there := store.Size(p.Digest); !there && g.o.Limits.DiskFree > 0 && g.o.DiskFree != nil {
		if free, ok := g.disk.free(g.o.DiskFree, g.now()); ok && free < 4*g.o.Limits.DiskFree {
			return material.Taken{}, &problem.Problem{Code: "backpressure", Limit: "diskFree", RetryAfter: 30 * time.Second}
		}
	}
	t, err := store.Put(ctx, p, body)
	if err != nil {
		return t, g.materialProblem(err)
	}
	if t.Whole {
		g.log.Info("material stored", "digest", p.Digest, "bytes", t.Bytes, "was", t.Was)
		g.supplied(ctx, p.Digest)
	}
	return t, nil
}

func (g *Gateway) materialProblem(err error) error {
	switch {
	case errors.Is(err, material.ErrDigest):
		return &problem.Problem{Code: "digest"}
	case errors.Is(err, material.ErrTooLarge):
		return &problem.Problem{Code: "too-large"}
	case errors.Is(err, material.ErrNotFound):
		return &problem.Problem{Code: "not-found"}
	case errors.Is(err, material.ErrCut):
		return &problem.Problem{Code: "malformed", Detail: "the body ended early"}
	case errors.Is(err, material.ErrTaken):
		return &problem.Problem{Code: "state", Detail: "another upload of this material goes on"}
	case errors.Is(err, material.ErrFull):
		g.log.Error("material not stored", "error", err)
		return &problem.Problem{Code: "store", Limit: "diskFree", RetryAfter: 30 * time.Second}
	}
	g.log.Error("material not stored", "error", err)
	return &problem.Problem{Code: "store", Detail: "the material was not stored", RetryAfter: 30 * time.Second}
}

// HeldMaterial is how much of an unfinished upload of the caller's is there.
func (g *Gateway) HeldMaterial(c Caller, digest string) int64 {
	if g.o.Materials == nil {
		return 0
	}
	return g.o.Materials.Held(digest, owner(c))
}

// Material gives the content to who put it, and to who sees a message that names it.
func (g *Gateway) Material(c Caller, digest string) (*material.Reader, error) {
	if g.o.Materials == nil || !material.Valid(digest) {
		return nil, &problem.Problem{Code: "not-found"}
	}
	if !g.o.Materials.PutBy(digest, owner(c)) && !g.namedFor(digest, c.Sees) {
		return nil, &problem.Problem{Code: "not-found"}
	}
	return g.openMaterial(digest)
}

func (g *Gateway) openMaterial(digest string) (*material.Reader, error) {
	r, err := g.o.Materials.Open(digest)
	if errors.Is(err, material.ErrNotFound) {
		return nil, &problem.Problem{Code: "not-found"}
	}
	if err != nil {
		return nil, fmt.Errorf("material %s: %w", digest, err)
	}
	return r, nil
}

// namedFor tells whether a message of a unit that may be seen names the material.
func (g *Gateway) namedFor(digest string, sees func(unit string) bool) (named bool) {
	err := g.store.Naming(digest, func(d queue.Delivery) bool {
		named = sees(d.Unit)
		return !named
	})
	if err != nil {
		g.log.Error("who names a material", "error", err)
	}
	return named
}

// supplied lets go on what waits for a material that is there now.
func (g *Gateway) supplied(ctx context.Context, digest string) {
	ctx = context.WithoutCancel(ctx)
	var acts []queue.Act
	err := g.store.Naming(digest, func(d queue.Delivery) bool {
		if slices.Contains(d.Missing, digest) {
			acts = append(acts, queue.Act{Receipt: d.Receipt, Verb: queue.Supply, At: g.now(), Material: digest})
		}
		return true
	})
	if err == nil && len(acts) > 0 {
		_, err = g.store.Act(ctx, acts)
		poke(g.wake)
	}
	if err != nil { // what waits looks again by itself
		g.log.Error("material supplied", "digest", digest, "error", err)
	}
}

func (g *Gateway) materialSize(digest string) (int64, bool) {
	if g.o.Materials == nil {
		return 0, false
	}
	return g.o.Materials.Size(digest)
}

// lacked are the digests that are named and not there.
func (g *Gateway) lacked(ms []adapter.Material) (out []string) {
	for i, m := range ms {
		size, there := g.materialSize(m.SHA256)
		if ms[i].Size = size; !there && !slices.Contains(out, m.SHA256) {
			out = append(out, m.SHA256)
		}
	}
	return out
}

// await is materials' part of an attempt: it puts into m what the document names,
// or settles the delivery to wait, and then to be held; false: it waits.
func (g *Gateway) awaitMaterials(ctx context.Context, e end, d queue.Delivery, document []byte, m *adapter.Message) bool {
	if e.materials == "" || e.materials == "none" {
		return true
	}
	national := document
	if d.Direction == queue.ToLocal {
		national = d.Payload
	}
	ms := materialsOf(national)
	lacked := g.lacked(ms)
	if lacked == nil {
		if e.materials == "link" {
			g.link(ms, d.Unit)
		}
		m.Materials, m.Open = ms, g.opener(ms)
		return true
	}
	now := g.now()
	since := now
	if len(d.Missing) > 0 && !d.WaitSince.IsZero() {
		since = d.WaitSince
	}
	alarm, end := since.Add(materialAlarm), since.Add(materialHeld)
	s := queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: now, State: queue.Queued, Failures: d.Failures, Unknown: d.Unknown,
		Missing: lacked, DueAt: earliest(end, now.Add(materialRecheck))}
	if now.Before(alarm) {
		s.DueAt = alarm
	}
	log := g.log.With("unit", d.Unit, "direction", d.Direction, "type", d.Type, "receipt", d.Receipt, "missing", len(lacked))
	if !now.Before(end) {
		s.State, s.DueAt = queue.Held, time.Time{}
		s.Reason = &queue.Reason{Code: "material-missing", Detail: "a material that the message names was not put within 24 hours"}
	}
	if !g.settle(ctx, d, s) {
		return false
	}
	switch {
	case s.State == queue.Held:
		log.Error("held", "reason", s.Reason.Code)
	case len(d.Missing) == 0:
		log.Info("waits for materials")
	case !now.Before(alarm) && !d.DueAt.After(alarm):
		log.Warn("still waits for materials", "since", since)
	}
	for _, digest := range lacked { // one that came between the look and the settling woke nobody
		if _, there := g.materialSize(digest); there {
			g.supplied(ctx, digest)
		}
	}
	return false
}

// opener streams the materials of one message.
func (g *Gateway) opener(ms []adapter.Material) adapter.OpenMaterial {
	return func(digest string) (io.ReadCloser, int64, error) {
		if !slices.ContainsFunc(ms, func(m adapter.Material) bool { return m.SHA256 == digest }) {
			return nil, 0, material.ErrNotFound
		}
		r, err := g.o.Materials.Open(digest)
		if err != nil {
			return nil, 0, err
		}
		return r, r.Size, nil
	}
}
