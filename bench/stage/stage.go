// Package stage lends the throwaway servers of internal/testserver the few words of
// a test that they use, outside of one.
package stage

import (
	"fmt"
	"os"
	"testing"
)

// Stage is where a subject stands: it lends the throwaway servers of
// internal/testserver the few words of a test that they use.
type Stage struct {
	testing.TB // nil: what is not written below is not used
	ends       []func()
	failed     bool
}

// Missing says that a server program is not installed.
type Missing string

func (m Missing) Error() string { return string(m) }

// On runs something and clears away what it started.
func On(do func(s *Stage) error) (err error) {
	s := &Stage{}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case error: // of Fatal and Skip
			err = r
		default:
			panic(r)
		}
		for i := len(s.ends) - 1; i >= 0; i-- {
			s.ends[i]()
		}
	}()
	return do(s)
}

func (s *Stage) Helper()                   {}
func (s *Stage) Log(args ...any)           { fmt.Fprintln(os.Stderr, args...) }
func (s *Stage) Failed() bool              { return s.failed }
func (s *Stage) Cleanup(f func())          { s.ends = append(s.ends, f) }
func (s *Stage) Fatal(args ...any)         { s.failed = true; panic(fmt.Errorf("%s", fmt.Sprint(args...))) }
func (s *Stage) Fatalf(f string, a ...any) { s.failed = true; panic(fmt.Errorf(f, a...)) }
func (s *Stage) Skipf(f string, a ...any)  { panic(error(Missing(fmt.Sprintf(f, a...)))) }

// Must ends a measurement that cannot go on.
func (s *Stage) Must(err error) {
	if err != nil {
		s.Fatal(err)
	}
}

// Folder is a fresh folder that goes with the stage.
func (s *Stage) Folder() string {
	dir, err := os.MkdirTemp("", "duijie-bench-kind-")
	s.Must(err)
	s.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
