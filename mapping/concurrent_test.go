package mapping

import (
	"bytes"
	"os"
	"sync"
	"testing"
)

func TestOneProgramServesManyGoroutines(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	p, _ := set.Program("case.delegated")
	want, _, err := p.ToLocal(nil, []byte(delegated), &testEnv)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				b, _, err := p.ToLocal(nil, []byte(delegated), &testEnv)
				if err != nil || !bytes.Equal(b, want) {
					t.Errorf("a run gave something else: %v", err)
				}
				if _, _, err := p.ToNational(nil, b, &testEnv); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
