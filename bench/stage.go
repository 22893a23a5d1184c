package main

import (
	"fmt"
	"os"
	"testing"
)

// stage is where a subject stands: it lends the throwaway servers of
// internal/testserver the few words of a test that they use.
type stage struct {
	testing.TB // nil: what is not written below is not used
	ends       []func()
	failed     bool
}

// missing says that a server program is not installed.
type missing string

func (m missing) Error() string { return string(m) }

// onStage runs something and clears away what it started.
func onStage(do func(s *stage) error) (err error) {
	s := &stage{}
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

func (s *stage) Helper()                   {}
func (s *stage) Log(args ...any)           { fmt.Fprintln(os.Stderr, args...) }
func (s *stage) Failed() bool              { return s.failed }
func (s *stage) Cleanup(f func())          { s.ends = append(s.ends, f) }
func (s *stage) Fatal(args ...any)         { s.failed = true; panic(fmt.Errorf("%s", fmt.Sprint(args...))) }
func (s *stage) Fatalf(f string, a ...any) { s.failed = true; panic(fmt.Errorf(f, a...)) }
func (s *stage) Skipf(f string, a ...any)  { panic(error(missing(fmt.Sprintf(f, a...)))) }

// must ends a measurement that cannot go on.
func (s *stage) must(err error) {
	if err != nil {
		s.Fatal(err)
	}
}

// folder is a fresh folder that goes with the stage.
func (s *stage) folder() string {
	dir, err := os.MkdirTemp("", "duijie-bench-kind-")
	s.must(err)
	s.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
