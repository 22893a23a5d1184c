package material_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"time"

	"duijie/internal/material"
)

func TestKeepTellsTheDigestAndTheHead(t *testing.T) {
	r := newRig(t)
	b := append([]byte("%PDF-1.7\n"), content(100_000, 1)...)
	k, err := r.Keep(t.Context(), owner, bytes.NewReader(b))
	if err != nil || k.Digest != digestOf(b) || k.Size != int64(len(b)) || !bytes.Equal(k.Head, b[:512]) {
		t.Fatalf("%s %d %v", k.Digest, k.Size, err)
	}
	r.there(b)
	if !r.PutBy(k.Digest, owner) {
		t.Fatal("owner did put it")
	}
}

func TestKeepOfWhatCannotBeReadKeepsNothing(t *testing.T) {
	r := newRig(t)
	broken := errors.New("base64 is broken")
	if _, err := r.Keep(t.Context(), owner, io.MultiReader(bytes.NewReader(content(1000, 1)), failing{broken})); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if files := r.files(); len(files) != 0 {
		t.Fatalf("left behind: %v", files)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestSweepTakesOnlyWhatIsOldAndUnnamed(t *testing.T) {
	r := newRig(t)
	named, unnamed, renewed, half := content(10, 1), content(20, 2), content(30, 3), content(400_000, 4)
	for _, b := range [][]byte{named, unnamed, renewed} {
		r.put(whole(b, owner), b)
	}
	r.put(part(half, owner, 0, 1000), half[:1000])
	sweep := func() int {
		n, err := r.Sweep(t.Context(), func(d string) (bool, error) { return d == digestOf(named), nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	r.now = r.now.Add(6 * 24 * time.Hour)
	if n := sweep(); n != 0 {
		t.Fatalf("%d went after six days", n)
	}
	r.put(whole(renewed, other), renewed) // put again: its days begin anew
	r.now = r.now.Add(2 * 24 * time.Hour)
	if n := sweep(); n != 1 {
		t.Fatalf("%d went after eight days, want 1", n)
	}
	r.there(named)
	r.there(renewed)
	r.gone(unnamed)
	if held := r.Held(digestOf(half), owner); held != 0 {
		t.Fatalf("a half is still there: %d", held)
	}
	if files := r.files(); len(files) != 5 { // two materials, one put by one, one by two
		t.Fatalf("%v", files)
	}
}

func TestSweepRemovesNothingWhereNobodyKnowsWhoNamesIt(t *testing.T) {
	r := newRig(t)
	b := content(10, 1)
	r.put(whole(b, owner), b)
	r.now = r.now.Add(30 * 24 * time.Hour)
	broken := errors.New("store closed")
	if n, err := r.Sweep(t.Context(), func(string) (bool, error) { return false, broken }); n != 0 || !errors.Is(err, broken) {
		t.Fatal(n, err)
	}
	r.there(b)
}

func TestOpenDropsWhatNobodyCanGoOnWith(t *testing.T) {
	r := newRig(t)
	b := content(300_000, 9)
	first, far := io.Pipe()
	ended := make(chan error, 2)
	go func() { _, err := r.Put(t.Context(), whole(b, owner), first); ended <- err }()
	if _, err := far.Write(b[:10]); err != nil {
		t.Fatal(err)
	}
	second, further := io.Pipe() // the same owner once more: it goes its own way
	go func() { _, err := r.Put(t.Context(), whole(b, owner), second); ended <- err }()
	if _, err := further.Write(b[:10]); err != nil {
		t.Fatal(err)
	}
	before := len(r.files())
	r.reopen() // as after kill -9: the first can be gone on with, the second cannot
	if after := len(r.files()); before != 2 || after != 1 {
		t.Fatalf("%d files, then %d", before, after)
	}
	far.CloseWithError(io.ErrUnexpectedEOF)
	further.CloseWithError(io.ErrUnexpectedEOF)
	for range 2 {
		if err := <-ended; !errors.Is(err, material.ErrCut) {
			t.Error(err)
		}
	}
}

func TestEachYieldsWholeOnes(t *testing.T) {
	r := newRig(t)
	a, b := content(10, 1), content(20, 2)
	r.put(whole(a, owner), a)
	r.put(part(b, owner, 0, 5), b[:5])
	var got []string
	if err := r.Each(func(d string, size int64) bool { got = append(got, d); return size == 10 }); err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || got[0] != digestOf(a) {
		t.Fatal(got)
	}
}
