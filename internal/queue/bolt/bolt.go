// Package bolt is the product's queue: one bbolt file, one writer that commits
// in groups, and indexes that keep claiming, counting and looking up as cheap
// with a million waiting as with ten.
//
// What is true after nil, after an error, after an ended context and after
// kill -9 is said by package queue. Beyond it:
//
//   - A write waits for no timer: alone it is committed at once; those that come
//     while a commit is under way share the next one.
//   - One operation that fails does not fail others of its commit.
//   - Space for a commit is allocated before anything is written, so that a full
//     disk is met before the sync; an error of the sync itself makes the store
//     fail for good (ErrFailed), as nobody can say what is on the disk.
//   - Leases live in memory alone. Messages, frozen bytes and what peers said
//     pass through Seal on their way to the file.
//
// A message's Payload and a Start's Document must not be changed after the call,
// even where its context ended: the write may still be under way.
package bolt

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt/journal"
	"duijie/internal/queue/rules"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// lockTimeout is how long Open waits for another process to let go of the file.
const lockTimeout = 500 * time.Millisecond

// Options are what a store is opened with. Path alone is required.
type Options struct {
	Path  string
	Now   func() time.Time // wall clock; nil: time.Now
	Mono  func() time.Time // clock of the leases, monotonic; nil: time.Now
	Judge queue.Judge
	Seal  Seal // nil: Plain
	// Key computes a message's key; nil: rules.Key.
	Key func(unit, source, id string) string
	// LogHorizon is the age from which a message is too old; nil or zero: none but
	// what PurgeLog has set.
	LogHorizon func() time.Time
	// Fault fails a commit on purpose: before-commit, before-sync, after-commit.
	Fault func(point string) error
	Log   *slog.Logger // nil: none
	// NoSync loses on a power failure; for benchmarks and tests only.
	NoSync bool
}

// Store is a queue.Store in a file. All methods may be called by many goroutines at once.
type Store struct {
	o       Options
	db      *bbolt.DB
	os      *os.File // bbolt's own, for allocating ahead
	file    *journal.File
	rules   rules.Rules
	leases  *rules.Leases
	cbor    format
	changed chan struct{}

	allocated int64     // bytes of the file that have their blocks; the writer's own
	seq       uint64    // the last sequence number given; the writer's own
	warm      warm      // the writer's own
	newest    *liveSpan // as it stands in the file, nil: not known; the writer's own
	together  int       // operations of the last commit; the writer's own
	trimmed   time.Time

	claiming sync.Mutex // one claim at a time: reserving is atomic with the look at the file

	sending sync.RWMutex // guards closed, and ops against being closed while one sends
	closed  bool
	ops     chan *op
	written chan struct{} // closed when the writer has ended

	mu     sync.Mutex // guards all below
	health string
	failed int // bytes of the write that made it unwell
	counts map[queue.Count]int
	units  map[string]queue.UnitState // asked for with every look at the queue
}

var _ queue.Store = (*Store)(nil)

// Open opens or makes the file, and turns what was being sent when its last
// process ended into deliveries of unknown outcome. Errors: ErrLocked, ErrNewer,
// and what opening the file gave.
func Open(o Options) (*Store, error) {
	o = withDefaults(o)
	compact(o)
	s := &Store{
		o: o, rules: rules.Rules{Judge: o.Judge, Key: o.Key, LogHorizon: o.LogHorizon},
		leases: rules.NewLeases(o.Mono), changed: make(chan struct{}, 1),
		ops: make(chan *op, maxOps), written: make(chan struct{}), health: "ok", warm: warm{},
	}
	// The list of free pages is an array, which gives the first that fit: a map gives
	// any, breaks up the long runs that the list itself needs, and the file grows for ever.
	db, err := bbolt.Open(o.Path, 0o600, &bbolt.Options{
		Timeout: lockTimeout, FreelistType: bbolt.FreelistArrayType, InitialMmapSize: mapBytes, NoSync: o.NoSync, NoStatistics: true,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			s.os = f
			return f, err
		},
	})
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("open store %s: %w", o.Path, queue.ErrLocked)
	}
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Path, err)
	}
	if replaced(o.Path, s.os) {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", o.Path, queue.ErrLocked), db.Close())
	}
	s.db = db
	if err := s.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", o.Path, err), db.Close())
	}
	go s.writeLoop()
	return s, nil
}

func withDefaults(o Options) Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mono == nil {
		o.Mono = time.Now
	}
	if o.Seal == nil {
		o.Seal = Plain{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// prepare makes buckets, checks the format, recovers and reads the counts.
func (s *Store) prepare() error {
	if err := s.format(); err != nil {
		return err
	}
	if err := s.recover(); err != nil {
		return fmt.Errorf("recover: %w", err)
	}
	if err := s.loadCounts(); err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	if err := s.loadUnits(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(s.o.Path))
}

// syncDir makes a file's entry in its folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return fmt.Errorf("sync folder: %w", err)
	}
	return nil
}

// Close commits what is waiting and closes the file.
func (s *Store) Close() error {
	s.sending.Lock()
	if s.closed {
		s.sending.Unlock()
		return nil
	}
	s.closed = true
	close(s.ops)
	s.sending.Unlock()
	<-s.written
	if s.Health() == "ok" { // never a sync after one that failed
		if err := s.tidy(); err != nil {
			s.o.Log.Warn("the journal stays for the next start", "error", err)
		}
	}
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("close store: %w", err)
	}
	return nil
}

// Changed is signalled after every commit and release.
func (s *Store) Changed() <-chan struct{} { return s.changed }

func (s *Store) signal() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// Health is ok, full, readonly or failed.
func (s *Store) Health() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.health
}
