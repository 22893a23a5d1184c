package bolt_test

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
)

// TestMain runs a child of one of the tests below in place of the tests.
func TestMain(m *testing.M) {
	switch os.Getenv("STORE_CHILD") {
	case "writes":
		childWrites(os.Getenv("STORE_PATH"))
	case "small":
		childSmall(os.Getenv("STORE_PATH"))
	default:
		os.Exit(m.Run())
	}
}

func child(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "STORE_CHILD="+name, "STORE_PATH="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// childWrites takes messages through their life in eight goroutines and says what
// was acknowledged to it, one line each, until it is killed.
func childWrites(path string) {
	s, err := bolt.Open(bolt.Options{Path: path})
	if err != nil {
		panic(err)
	}
	say := make(chan string, 64)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				receipt := fmt.Sprintf("w%d-%d", w, i)
				res, err := s.Put(ctx, []queue.NewMessage{plainMessage(receipt, fmt.Sprintf("n:%d-%d", w, i%3))})
				if err != nil || res[0].Err != nil {
					panic(fmt.Sprint(res, err))
				}
				say <- "put " + receipt
				ds, err := s.Claim(ctx, map[queue.Target]int{targets[0]: 1}, time.Minute)
				if err != nil {
					panic(err)
				}
				for _, d := range ds {
					st, err := s.Begin(ctx, []queue.Start{{Receipt: d.Receipt, Lease: d.Lease, At: time.Now(), Document: []byte("doc " + d.Receipt)}})
					if err != nil || st[0].Err != nil {
						panic(fmt.Sprint(st, err))
					}
					say <- "begun " + d.Receipt
					if i%4 == 0 {
						continue // under way when the end comes
					}
					out, err := s.Settle(ctx, []queue.Settlement{{Receipt: d.Receipt, Lease: d.Lease, At: time.Now(), State: queue.Acked, Attempt: &queue.Attempt{Outcome: "acknowledged"}}})
					if err != nil || out[0].Err != nil {
						panic(fmt.Sprint(out, err))
					}
					say <- "acked " + d.Receipt
				}
			}
		}()
	}
	for line := range say {
		fmt.Println(line)
	}
}

func plainMessage(receipt, lane string) queue.NewMessage {
	return queue.NewMessage{Message: queue.Message{
		Receipt: receipt, Key: "k" + receipt, ID: "m" + receipt, Source: "urn:x", Unit: targets[0].Unit, Direction: targets[0].Direction,
		Type: "case.progress", Lane: lane, Time: time.Now(), Payload: []byte("payload of " + receipt), Digest: sha256.Sum256([]byte(receipt)),
	}}
}

// TestKillLosesNothingAcknowledged kills the writing process with signal 9, at
// several moments, and expects everything that it was told to be there.
func TestKillLosesNothingAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	for round, lines := range []int{40, 150, 300} {
		path := path + fmt.Sprint(round)
		said := killAfter(t, path, lines)
		s := open(t, bolt.Options{Path: path})
		seen := map[string]bool{}
		for receipt, last := range said {
			d, err := s.Get(receipt)
			if err != nil {
				t.Fatalf("%s was told %q and is lost: %v", receipt, last, err)
			}
			checkSurvivor(t, d, last)
			if p, err := s.Payload(receipt); err != nil || string(p) != "payload of "+receipt {
				t.Errorf("payload of %s: %q, %v", receipt, p, err)
			}
		}
		if err := errors.Join(s.Check(), s.Verify()); err != nil {
			t.Errorf("after the kill: %v", err)
		}
		claimAll(t, s, seen)
		for receipt, last := range said {
			if last == "acked" && seen[receipt] {
				t.Errorf("%s was acknowledged and goes again", receipt)
			}
		}
	}
}

// killAfter runs the child until it has said so much, and gives each receipt's last word.
func killAfter(t *testing.T, path string, lines int) map[string]string {
	t.Helper()
	cmd := child(t, "writes", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := map[string]string{}
	sc := bufio.NewScanner(out)
	for n := 0; sc.Scan(); n++ {
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		if word, receipt, ok := strings.Cut(sc.Text(), " "); ok {
			said[receipt] = word
		}
	}
	if err := cmd.Wait(); err == nil || len(said) == 0 {
		t.Fatalf("the child ended by itself (%v) after %d", err, len(said))
	}
	return said
}

func checkSurvivor(t *testing.T, d queue.Delivery, last string) {
	t.Helper()
	switch {
	case last == "acked" && d.State != queue.Acked:
		t.Errorf("%s was acknowledged and is %s", d.Receipt, d.State)
	case last == "begun" && d.State != queue.Acked && !(d.State == queue.Queued && d.Unknown && d.Counts["unknown"] == 1):
		t.Errorf("%s had begun and is %s, unknown %v", d.Receipt, d.State, d.Unknown)
	case d.State == queue.Sending:
		t.Errorf("%s is being sent by nobody", d.Receipt)
	}
}

// claimAll takes everything that is open to its end, and notes what goes.
func claimAll(t *testing.T, s *bolt.Store, seen map[string]bool) {
	t.Helper()
	for {
		ds, err := s.Claim(ctx, map[queue.Target]int{targets[0]: 100}, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(ds) == 0 {
			break
		}
		var outs []queue.Settlement
		for _, d := range ds {
			if d.Unknown != (string(d.Frozen) == "doc "+d.Receipt) {
				t.Errorf("%s is unknown: %v, with frozen bytes %q", d.Receipt, d.Unknown, d.Frozen)
			}
			if seen[d.Receipt] {
				t.Fatalf("%s goes twice", d.Receipt)
			}
			seen[d.Receipt] = true
			outs = append(outs, queue.Settlement{Receipt: d.Receipt, Lease: d.Lease, At: time.Now(), State: queue.Acked})
		}
		if _, err := s.Settle(ctx, outs); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.Open(targets[0]); n != 0 {
		t.Errorf("%d are open and do not go", n)
	}
}

func TestSecondProcessIsLockedOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, bolt.Options{Path: path})
	if _, err := bolt.Open(bolt.Options{Path: path}); !errors.Is(err, queue.ErrLocked) {
		t.Errorf("err = %v", err)
	}
}
