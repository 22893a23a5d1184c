package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"duijie/internal/sim"
)

// TestDemoPlaysEveryFlowOfALocalSystem runs the demo for kinds of local systems
// that know some flows only, with peers that misbehave a little.
func TestDemoPlaysEveryFlowOfALocalSystem(t *testing.T) {
	for kind, flows := range map[string]string{
		"L4": "F1 F2 F3 F6 F8 F24",
		"L5": "F1 F2 F3 F4 F5 F6 F7 F8 F11 F24",
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := newStreams(strings.NewReader(""), &out, io.Discard, false)
			if err := demo(t.Context(), s, demoFlags{once: true, json: true, cases: 20, units: []string{kind}, fault: "default", seed: 1}); err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			var r sim.Report
			if err := json.Unmarshal(out.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if r.Lost+r.Duplicates+r.Held > 0 || r.Acked != r.Accepted {
				t.Errorf("%+v", r)
			}
			for flow := range strings.FieldsSeq(flows) {
				if f := r.Flows[flow]; f.Sent == 0 || f.Sent != f.Taken {
					t.Errorf("%s: %d sent, %d taken", flow, f.Sent, f.Taken)
				}
			}
			if got := len(strings.Fields(flows)); len(r.Flows) != got {
				t.Errorf("%d flows, want %d", len(r.Flows), got)
			}
		})
	}
}
