package measure_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"duijie/bench/measure"
)

func TestWorkersEndWithTheFirstErrorAndWithTheTime(t *testing.T) {
	const workers = 16
	var n atomic.Uint64
	rate, err := measure.PerSecond(workers, 50*time.Millisecond, func(uint64) error { n.Add(1); time.Sleep(time.Millisecond); return nil })
	if err != nil || n.Load() < workers || rate <= 0 || rate > 1e6 {
		t.Errorf("%d times, %v a second, %v", n.Load(), rate, err)
	}
	broken := errors.New("broken")
	began := time.Now()
	if _, err := measure.PerSecond(workers, time.Hour, func(n uint64) error {
		if n == 40 {
			return broken
		}
		return nil
	}); !errors.Is(err, broken) || time.Since(began) > time.Minute {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

func TestTheSystemTellsOfThisProcess(t *testing.T) {
	for began := time.Now(); time.Since(began) < 60*time.Millisecond; {
		_ = began
	}
	own, told := measure.OwnCPU(), measure.CPU(os.Getpid())
	if own < 20*time.Millisecond || told > own+50*time.Millisecond {
		t.Errorf("%v by getrusage, %v by /proc", own, told)
	}
	if m := measure.Resident(os.Getpid()); m.All < 1<<20 || m.Own+m.File > m.All {
		t.Errorf("%+v", m)
	}
}

func TestDiskBytesAreThoseOfTheWholeFolder(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "b", "c"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := measure.DiskBytes(dir); err != nil || n < 1<<20 || n > 2<<20 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestOfNothing(t *testing.T) {
	if measure.Median[float64](nil) != 0 || measure.At(nil, 50) != 0 || measure.Ratio(1, 0) != 0 || measure.Each(time.Second, 0) != 0 {
		t.Error("a figure of nothing")
	}
}
