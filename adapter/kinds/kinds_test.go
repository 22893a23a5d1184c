package kinds_test

import (
	"testing"

	"duijie/adapter/kinds"
)

func TestEveryKindIsFoundAndChecksWhatItBuilds(t *testing.T) {
	for _, k := range kinds.All() {
		got, ok := kinds.Find(k.Name)
		if !ok || got.Name != k.Name {
			t.Errorf("%s is not found", k.Name)
		}
		if (k.Sink == nil) != (k.CheckSink == nil) || (k.Source == nil) != (k.CheckSource == nil) || k.Sink == nil && k.Source == nil {
			t.Errorf("%s builds what it does not check", k.Name)
		}
	}
	if _, ok := kinds.Find("carrier-pigeon"); ok {
		t.Error("found what is not there")
	}
}
