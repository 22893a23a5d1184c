package gateway

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"duijie/internal/event"
	"duijie/internal/queue/bolt"
)

var simDisks = flag.Int("sim.disks", 20, "how many simulated days have a real store whose disk tears")

// TestSimulatedDaysOnDisksThatTear plays the days on the product's store. Besides
// its kills the process dies in the middle of commits, and what such a commit wrote
// is on the disk in part. Where the writer groups what waits, days are not the same
// twice to the last step; the seed still decides where they die.
func TestSimulatedDaysOnDisksThatTear(t *testing.T) {
	days(t, *simDisks, onTornDisk)
}

// tornDisk is a store's file, and what is left of it when its process dies.
type tornDisk struct {
	w       *world
	rand    *rand.Rand
	dir     string
	files   int
	store   *bolt.Store
	commits int    // until it dies in one; the writer's, as what follows
	before  []byte // nil: it does not die in this one
	image   []byte // nil: it did not die in a commit
	torn    int
}

func onTornDisk(w *world) {
	d := &tornDisk{w: w, rand: rand.New(rand.NewPCG(w.seed, 3)), dir: w.TempDir()}
	d.open(nil)
	w.crash = d.crash
	w.Cleanup(func() { w.Logf("%d commits torn", d.torn) })
}

func (d *tornDisk) open(image []byte) {
	d.files++
	path := filepath.Join(d.dir, fmt.Sprint(d.files, ".db"))
	if image != nil {
		if err := os.WriteFile(path, image, 0o600); err != nil {
			d.w.Fatal(err)
		}
	}
	d.commits, d.before, d.image = 5+d.rand.IntN(40), nil, nil
	s, err := bolt.Open(bolt.Options{Path: path, Now: d.w.now, Mono: time.Now, Judge: JudgeCase, Key: event.Key, NoSync: true,
		Fault: func(point string) error { d.at(point, path); return nil }})
	if err != nil {
		d.w.Fatal(err)
	}
	d.store, d.w.store = s, s
}

// at is a point of a commit, on the store's writer.
func (d *tornDisk) at(point, path string) {
	switch {
	case point == "before-commit" && d.w.process != nil && !d.w.process.dead.Load() && !d.calm():
		if d.commits--; d.commits == 0 {
			d.before = d.read(path)
			d.w.process.dead.Store(true)
		}
	case point == "after-commit" && d.before != nil && d.image == nil:
		d.image = d.tear(d.before, d.read(path))
		d.torn++
	}
}

func (d *tornDisk) calm() bool {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	return d.w.calm
}

// read is the used part of the file.
func (d *tornDisk) read(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		d.w.Error(err)
		return nil
	}
	defer f.Close()
	b := make([]byte, d.store.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		d.w.Error(err)
	}
	return b
}

// tear leaves of what a commit wrote any pages and halves of pages while its meta
// page is the old one, or all of it.
func (d *tornDisk) tear(before, after []byte) []byte {
	const page, sector = 4096, 512
	if d.rand.IntN(3) == 0 {
		return after
	}
	image := append(bytes.Clone(before), make([]byte, max(0, len(after)-len(before)))...)
	for at := 2 * page; at < len(after); at += sector {
		if d.rand.IntN(2) == 0 {
			copy(image[at:], after[at:at+sector])
		}
	}
	return image
}

// crash opens what is left.
func (d *tornDisk) crash() {
	image := d.image
	path := filepath.Join(d.dir, fmt.Sprint(d.files, ".db"))
	if image == nil {
		image = d.read(path)
	}
	if err := d.store.Close(); err != nil {
		d.w.Error(err)
	}
	if err := os.Remove(path); err != nil {
		d.w.Error(err)
	}
	d.open(image)
	if err := d.store.Verify(); err != nil {
		d.w.Errorf("after a crash: %v", err)
	}
}
