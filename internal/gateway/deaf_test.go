package gateway

import (
	"context"
	"errors"
	"testing"
	"time"

	"duijie/adapter"
)

// grumbling is a source that says what it is told to of its local system.
type grumbling struct{ says chan string }

func (g grumbling) Run(ctx context.Context, in adapter.Intake) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case cause := <-g.says:
			if cause == "die" {
				return errors.New("dead")
			}
			in.(adapter.Troubled).Trouble(cause)
		}
	}
}

func TestASourceThatCannotGetAtItsListIsTheUnitsTrouble(t *testing.T) {
	bubble(t, func(r *rig) {
		source := grumbling{make(chan string)}
		r.options = func(o *Options) { o.Setup.Units[0].Source = source }
		r.start()
		want := func(status, trouble string) {
			t.Helper()
			r.wait(time.Second)
			v := r.gw.Units()[0]
			if v.Status != status || v.Trouble != trouble || (v.TroubleAt != nil) != (trouble != "") {
				t.Fatalf("%s %q %v, want %s %q", v.Status, v.Trouble, v.TroubleAt, status, trouble)
			}
		}
		want("ok", "")
		source.says <- "status-401"
		want("trouble", "source: status-401")
		since := *r.gw.Units()[0].TroubleAt
		source.says <- "status-401"
		want("trouble", "source: status-401")
		if !r.gw.Units()[0].TroubleAt.Equal(since) {
			t.Fatal("the same trouble began again")
		}
		source.says <- ""
		want("ok", "")
		source.says <- "network"
		source.says <- "die"
		want("ok", "")
	})
}
