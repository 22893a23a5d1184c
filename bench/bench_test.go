package main

import (
	"testing"
)

func TestFiguresAreReadByNameAndUnit(t *testing.T) {
	f := readFigures([]byte("goos: linux\nBenchmarkCase/plan-back-2 \t 300\t 11.0 ns/op\t 12.5 cpu-ns/op\t 4 allocs/op\nBenchmarkCase/plan-back-2 300 11.0 ns/op 13.5 cpu-ns/op 4 allocs/op\nPASS\n"))
	if got := f.of("Case/plan-back", "cpu-ns/op"); got != 13.5 {
		t.Errorf("the median is %v", got)
	}
	if got := f.spread("Case/plan-back", "cpu-ns/op"); got < 7 || got > 8 {
		t.Errorf("the spread is %v %%", got)
	}
	if f.of("Case/plan", "cpu-ns/op") != 0 {
		t.Error("a figure that is not there has a value")
	}
}
