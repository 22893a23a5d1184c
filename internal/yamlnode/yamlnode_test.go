package yamlnode

import (
	"strings"
	"testing"
	"time"
)

func TestLengthsOfTime(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "30d": 720 * time.Hour, "4h": 4 * time.Hour, "5m": 5 * time.Minute, "1h30m": 90 * time.Minute, "500ms": time.Second / 2} {
		if got, ok := ParseDuration(text); !ok || got != want {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "5", "-1s", "d", "1.5d", "5 m", "99999999999d"} {
		if _, ok := ParseDuration(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}

func TestSizesAndRates(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "512": 512, "64KiB": 64 << 10, "10MiB": 10 << 20, "1GiB": 1 << 30, "1MB": 1e6, "7B": 7} {
		if got, ok := ParseSize(text); !ok || got != want {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "MiB", "-1", "1.5MiB", "10 MiB", "99999999TiB"} {
		if _, ok := ParseSize(text); ok {
			t.Errorf("%q was read", text)
		}
	}
	for text, want := range map[string]float64{"0": 0, "50/s": 50, "30/m": 0.5, "36/h": 0.01} {
		if got, ok := ParseRate(text); !ok || got != want {
			t.Errorf("%s = %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "50", "50/d", "0/s", "-1/s", "NaN/s"} {
		if _, ok := ParseRate(text); ok {
			t.Errorf("%q was read", text)
		}
	}
}

func TestAliasesAreWrittenOutWithinBounds(t *testing.T) {
	r := &Reader{File: "f"}
	m := r.Map(r.Parse([]byte("a: &x {b: 1}\nc: *x\n")), "")
	if got := m.Map("c").Int("b", 0); got != 1 || len(r.Findings()) > 0 {
		t.Errorf("c.b = %d, findings %v", got, r.Findings())
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 10), ",") + "]\n"
	}
	for _, text := range []string{bomb, "a: &x [*x]\n"} {
		r := &Reader{File: "f"}
		if n := r.Parse([]byte(text)); n != nil || !Failed(r.Findings()) {
			t.Errorf("accepted: %.20s…", text)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"listen", "senders", "units"}
	for name, want := range map[string]string{"lisen": "listen", "Units": "units", "sneders": "senders", "something": ""} {
		if got := Nearest(name, known); got != want {
			t.Errorf("Nearest(%s) = %q, want %q", name, got, want)
		}
	}
}

func TestWrongShapesAreFindingsAndReadAsAbsent(t *testing.T) {
	r := &Reader{File: "f"}
	m := r.Map(r.Parse([]byte("a: [1]\nb: {c: 1}\nd: x\ne: [[1]]\nf:\n")), "")
	if m.Text("a", "z") != "z" || m.List("b") != nil || m.Int("d", 7) != 7 || len(m.Texts("e")) != 0 || m.Get("f") != nil || !m.Bool("f", true) {
		t.Error("a wrong shape was read")
	}
	if got := len(r.Findings()); got != 4 {
		t.Errorf("%d findings: %v", got, r.Findings())
	}
}
