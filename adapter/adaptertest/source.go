package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
)

// Intake records what a source hands in, and refuses on demand.
type Intake struct {
	mu     sync.Mutex // guards what follows
	refuse error
	taken  []adapter.Incoming
	late   []adapter.Late
	// Known lists the references that Acknowledge knows; nil: all.
	Known []string
}

// Refuse makes every later call fail; nil ends that.
func (i *Intake) Refuse(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.refuse = err
}

// Taken is what was accepted, in order.
func (i *Intake) Taken() []adapter.Incoming {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]adapter.Incoming(nil), i.taken...)
}

// Late is what was acknowledged, in order.
func (i *Intake) Late() []adapter.Late {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]adapter.Late(nil), i.late...)
}

// Accept implements adapter.Intake; the receipt counts what was accepted.
func (i *Intake) Accept(_ context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refuse != nil {
		return adapter.Accepted{}, i.refuse
	}
	for n, before := range i.taken {
		if in.ID != "" && before.ID == in.ID && string(before.Content) == string(in.Content) {
			return adapter.Accepted{Receipt: fmt.Sprint("receipt-", n+1), Duplicate: true}, nil
		}
	}
	i.taken = append(i.taken, in)
	return adapter.Accepted{Receipt: fmt.Sprint("receipt-", len(i.taken))}, nil
}

// Acknowledge implements adapter.Intake.
func (i *Intake) Acknowledge(_ context.Context, l adapter.Late) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.refuse != nil {
		return i.refuse
	}
	known := i.Known == nil
	for _, k := range i.Known {
		known = known || k == l.Correlate
	}
	if !known {
		return fmt.Errorf("acknowledge: %w", adapter.ErrUnknownReference)
	}
	i.late = append(i.late, l)
	return nil
}

// Local is the local system's side of a source.
type Local interface {
	// Offer offers document n, which holds the Secrets; taken is what the source
	// told it (or did to it), told all that it said.
	Offer(t *testing.T, n int) (taken bool, told string)
	// Garbage offers something that cannot be read.
	Garbage(t *testing.T) (told string)
}

// Source is a kind's source as the suite sees it.
type Source struct {
	Open func(t *testing.T, in adapter.Intake) (adapter.Source, Local)
}

// RunSource holds a kind to the promises of adapter.Source.
func RunSource(t *testing.T, subject Source) {
	start := func(t *testing.T) (*Intake, Local) {
		in := &Intake{}
		s, local := subject.Open(t, in)
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx, in) }()
		t.Cleanup(func() {
			cancel()
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("Run after a cancelled context: %v", err)
				}
			case <-time.After(10 * time.Second):
				t.Error("Run does not end with its context")
			}
		})
		return in, local
	}
	t.Run("TakenOnlyOnceDurable", func(t *testing.T) {
		in, local := start(t)
		in.Refuse(errors.New("disk of 张三 is full"))
		taken, told := local.Offer(t, 1)
		if taken || len(in.Taken()) != 0 {
			t.Fatal("the local system was told that its message is safe")
		}
		saysNothing(t, told)
		in.Refuse(nil)
		if taken, told = local.Offer(t, 1); !taken || len(in.Taken()) != 1 {
			t.Fatalf("the repeat was not taken: %s", told)
		}
	})
	t.Run("RepeatHasTheSameIDAndContent", func(t *testing.T) {
		in, local := start(t)
		local.Offer(t, 1)
		local.Offer(t, 1)
		local.Offer(t, 2)
		if got := in.Taken(); len(got) != 2 || got[0].ID == got[1].ID {
			t.Fatalf("%d messages", len(got))
		}
	})
	t.Run("GarbageDeafensNothing", func(t *testing.T) {
		in, local := start(t)
		saysNothing(t, local.Garbage(t))
		if taken, told := local.Offer(t, 1); !taken || len(in.Taken()) == 0 {
			t.Fatalf("not taken after garbage: %s", told)
		}
	})
	t.Run("ManyAtOnce", func(t *testing.T) {
		in, local := start(t)
		var wg sync.WaitGroup
		for n := range 16 {
			wg.Go(func() { local.Offer(t, n) })
		}
		wg.Wait()
		if got := in.Taken(); len(got) != 16 {
			t.Fatalf("%d of 16", len(got))
		}
	})
}

func saysNothing(t *testing.T, told string) {
	t.Helper()
	for _, s := range Secrets {
		if strings.Contains(told, s) {
			t.Fatalf("quotes personal data: %s", told)
		}
	}
}
