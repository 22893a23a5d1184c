package material_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"duijie/internal/material"
)

func TestPutIsThereWholeAndSecondPutWas(t *testing.T) {
	r := newRig(t)
	for _, n := range []int{0, 1, 512, 700_000} {
		b := content(n, uint64(n))
		if got := r.put(whole(b, owner), b); !got.Whole || got.Was {
			t.Fatalf("%d bytes: %+v", n, got)
		}
		r.there(b)
		if got := r.put(whole(b, owner), b); !got.Whole || !got.Was {
			t.Fatalf("%d bytes again: %+v", n, got)
		}
	}
}

func TestWrongDigestLeavesNothing(t *testing.T) {
	r := newRig(t)
	b := content(100_000, 1)
	bad := bytes.Clone(b)
	bad[77] ^= 1
	for _, p := range []material.Part{whole(b, owner), part(b, owner, 0, len(b))} {
		if _, err := r.Put(t.Context(), p, bytes.NewReader(bad)); !errors.Is(err, material.ErrDigest) {
			t.Fatalf("%v, want ErrDigest", err)
		}
	}
	r.put(part(b, owner, 0, 60_000), bad[:60_000])
	if _, err := r.Put(t.Context(), part(b, owner, 60_000, len(b)), bytes.NewReader(bad[60_000:])); !errors.Is(err, material.ErrDigest) {
		t.Fatalf("%v, want ErrDigest", err)
	}
	if files := r.files(); len(files) != 0 {
		t.Fatalf("left behind: %v", files)
	}
	r.put(whole(b, owner), b)
	if _, err := r.Put(t.Context(), whole(b, owner), bytes.NewReader(bad)); !errors.Is(err, material.ErrDigest) {
		t.Fatalf("where it is there already: %v, want ErrDigest", err)
	}
	r.there(b)
}

func TestResumeAfterCut(t *testing.T) {
	r := newRig(t)
	b := content(900_000, 2)
	got, err := r.Put(t.Context(), whole(b, owner), &cutAfter{b, 300_001})
	if !errors.Is(err, material.ErrCut) || got.Bytes != 300_001 {
		t.Fatalf("%+v %v", got, err)
	}
	r.gone(b)
	r.reopen()
	if held := r.Held(digestOf(b), owner); held != 300_001 {
		t.Fatalf("held %d after a restart", held)
	}
	if got := r.put(part(b, owner, 300_001, 600_000), b[300_001:600_000]); got.Whole || got.Bytes != 600_000 {
		t.Fatalf("%+v", got)
	}
	// An overlap is written again; a gap is not taken.
	if got := r.put(part(b, owner, 500_000, 700_000), b[500_000:700_000]); got.Bytes != 700_000 {
		t.Fatalf("%+v", got)
	}
	if got := r.put(part(b, owner, 800_000, 900_000), b[800_000:]); got.Whole || got.Bytes != 700_000 {
		t.Fatalf("a gap: %+v", got)
	}
	if got := r.put(part(b, owner, 700_000, 900_000), b[700_000:]); !got.Whole || got.Was {
		t.Fatalf("%+v", got)
	}
	r.there(b)
	if held := r.Held(digestOf(b), owner); held != 0 {
		t.Fatalf("still held: %d", held)
	}
}

// The earlier connection is dead, but nobody told us: who comes back is not kept waiting.
func TestResumeDoesNotWaitForTheDeadConnection(t *testing.T) {
	r := newRig(t)
	b := content(400_000, 3)
	dead, far := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := r.Put(context.Background(), whole(b, owner), dead)
		dead.Close() // it may have found out with the byte before, and reads no more
		ended <- err
	}()
	if _, err := far.Write(b[:262_144]); err != nil {
		t.Fatal(err)
	}
	if _, err := far.Write(b[262_144:262_145]); err != nil { // the chunk before was written
		t.Fatal(err)
	}
	held := int(r.Held(digestOf(b), owner))
	if held < 1 {
		t.Fatalf("held %d", held)
	}
	if got := r.put(part(b, owner, held, len(b)), b[held:]); !got.Whole {
		t.Fatalf("%+v", got)
	}
	r.there(b)
	if _, err := far.Write([]byte("garbage of a ghost")); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, material.ErrTaken) {
		t.Fatalf("the dead one: %v, want ErrTaken", err)
	}
	r.there(b)
}

func TestTwoPutsAtOnceBothEndWell(t *testing.T) {
	r := newRig(t)
	b := content(2_000_000, 4)
	var all sync.WaitGroup
	for _, by := range []string{owner, owner, other, other} {
		all.Go(func() {
			got, err := r.Put(t.Context(), whole(b, by), bytes.NewReader(b))
			if err != nil || !got.Whole {
				t.Errorf("%s: %+v %v", by, got, err)
			}
		})
	}
	all.Wait()
	r.there(b)
	for _, by := range []string{owner, other} {
		if !r.PutBy(digestOf(b), by) {
			t.Errorf("%s did put it", by)
		}
	}
	for _, f := range r.files() {
		if strings.HasSuffix(f, ".part") || strings.HasSuffix(f, ".tmp") {
			t.Errorf("left behind: %s", f)
		}
	}
}

func TestAStrangersHalfIsNeverMixedIn(t *testing.T) {
	r := newRig(t)
	b := content(300_000, 5)
	r.put(part(b, other, 0, 200_000), content(200_000, 6)) // garbage under the digest that owner announced
	if held := r.Held(digestOf(b), owner); held != 0 {
		t.Fatalf("owner holds %d of another's", held)
	}
	if got := r.put(whole(b, owner), b); !got.Whole {
		t.Fatalf("%+v", got)
	}
	if r.PutBy(digestOf(b), other) {
		t.Fatal("the stranger did not put it")
	}
	// Knowing the digest is not having the content.
	if _, err := r.Put(t.Context(), part(b, other, 200_000, 300_000), bytes.NewReader(content(100_000, 6))); !errors.Is(err, material.ErrDigest) {
		t.Fatalf("%v, want ErrDigest", err)
	}
	r.there(b)
}

func TestKillBetweenRenameAndAnswer(t *testing.T) {
	killed := errors.New("killed")
	for _, point := range []string{"before-rename", "after-rename"} {
		t.Run(point, func(t *testing.T) {
			r := newRig(t)
			r.fault = func(p string) error {
				if p == point {
					return killed
				}
				return nil
			}
			b := content(50_000, 7)
			if _, err := r.Put(t.Context(), whole(b, owner), bytes.NewReader(b)); !errors.Is(err, killed) {
				t.Fatal(err)
			}
			r.fault = nil
			r.reopen()
			want := point == "after-rename"
			if _, there := r.Size(digestOf(b)); there != want {
				t.Fatalf("there: %v, want %v", there, want)
			}
			if got := r.put(whole(b, owner), b); !got.Whole || got.Was != want {
				t.Fatalf("the repeat: %+v", got)
			}
			r.there(b)
		})
	}
}

func TestOverTheLimitIsNotRead(t *testing.T) {
	r := newRig(t)
	r.max = 1000
	r.reopen()
	b := content(1001, 8)
	body := bytes.NewReader(b)
	if _, err := r.Put(t.Context(), whole(b, owner), body); !errors.Is(err, material.ErrTooLarge) || body.Len() != 1001 {
		t.Fatalf("%v, %d left", err, body.Len())
	}
	if _, err := r.Keep(t.Context(), owner, bytes.NewReader(b)); !errors.Is(err, material.ErrTooLarge) {
		t.Fatalf("keep: %v", err)
	}
	if files := r.files(); len(files) != 0 {
		t.Fatalf("left behind: %v", files)
	}
}

// A large material costs no memory: 64 MiB through a store whose heap grows by
// less than a sixteenth of that.
func TestMemoryIsBounded(t *testing.T) {
	const size = 64 << 20
	stream := func() io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{9}), size) }
	r := newRig(t)
	first, err := r.Keep(t.Context(), owner, stream())
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	got, err := r.Put(t.Context(), material.Part{Digest: first.Digest, Owner: other, Length: size, Total: size}, stream())
	if err != nil || !got.Was {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := r.Put(t.Context(), material.Part{Digest: first.Digest, Owner: "urn:c", Length: size - 1, Total: size}, stream()); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grew := after.TotalAlloc - before.TotalAlloc; grew > size/16 {
		t.Fatalf("%d bytes were allocated for 2×64 MiB", grew)
	}
}
