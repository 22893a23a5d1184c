package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"duijie/bench/measure"
)

// figures are what the benchmarks of package mapping report, by name and unit,
// one value a round.
type figures map[string]map[string][]float64

func (f figures) of(name, unit string) float64 {
	v := slices.Clone(f[name][unit])
	if len(v) == 0 {
		return 0
	}
	return measure.Median(v)
}

// spread is how far the rounds of a figure lie apart, in percent of the median.
func (f figures) spread(name, unit string) float64 {
	v := f[name][unit]
	if len(v) == 0 {
		return 0
	}
	return 100 * (slices.Max(v) - slices.Min(v)) / f.of(name, unit)
}

// readFigures reads the lines of go test -bench.
func readFigures(text []byte) figures {
	f := figures{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(words[0], "Benchmark")
		if i := strings.LastIndexByte(name, '-'); i > 0 {
			if _, err := strconv.Atoi(name[i+1:]); err == nil {
				name = name[:i]
			}
		}
		if f[name] == nil {
			f[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				f[name][words[i+1]] = append(f[name][words[i+1]], v)
			}
		}
	}
	return f
}

// translation measures the streaming plan beside the tree walk, what a person
// writes by hand over map[string]any, and json.Valid, all on one document and
// in one process. Times are of the processor, not of the clock, so that other
// work on the machine counts less.
func translation(each time.Duration, rounds int) error {
	cmd := exec.Command("go", "test", "-run", "^$", "-bench", "^Benchmark(Case|Workers|Compile)$", "-benchmem",
		"-benchtime", (each / 10).String(), "-count", strconv.Itoa(max(rounds, 1)), "./mapping")
	cmd.Dir = ".."
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	f := readFigures(out)
	fmt.Printf("mapping, pack 510000, case.delegated of %.0f bytes: processor time\n", f.of("Case/plan", "doc-bytes"))
	fmt.Printf("%12s %12s %8s %10s %12s %12s\n", "", "µs", "spread", "allocs", "of plan", "of valid")
	for _, n := range []string{"plan", "tree", "map", "valid", "plan-back", "tree-back", "valid-back"} {
		name, own := "Case/"+n, "Case/plan"
		valid := "Case/valid"
		if strings.HasSuffix(n, "-back") {
			own, valid = own+"-back", valid+"-back"
		}
		t := f.of(name, "cpu-ns/op")
		fmt.Printf("%12s %12.1f %7.0f%% %10.0f %12.2f %12.2f\n", n, t/1000, f.spread(name, "cpu-ns/op"), f.of(name, "allocs/op"),
			t/f.of(own, "cpu-ns/op"), t/f.of(valid, "cpu-ns/op"))
	}
	fmt.Printf("\n%12s %12s %12s %14s %16s\n", "workers", "bytes", "µs", "ns a byte", "memory ÷ size")
	for _, n := range []string{"1", "10", "100", "1000", "5000"} {
		name := "Workers/" + n
		size := f.of(name, "doc-bytes")
		t := f.of(name, "cpu-ns/op")
		fmt.Printf("%12s %12.0f %12.1f %14.2f %16.2f\n", n, size, t/1000, t/size, f.of(name, "B/op")/size)
	}
	fmt.Printf("\ncompile of the whole pack: %.1f ms of processor time\n\n", f.of("Compile", "cpu-ns/op")/1e6)
	return nil
}
