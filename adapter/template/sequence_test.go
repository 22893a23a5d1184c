package template_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/template"
)

func TestEachGenerationHasItsOwnRangeOfNumbers(t *testing.T) {
	for _, c := range []struct {
		n, generation uint64
		width         int
		want          uint64
	}{
		{1, 0, 6, 1}, {1, 1, 6, 100001}, {99999, 2, 6, 299999}, {100000, 1, 6, 100000}, {7, 12, 4, 9007}, {3, 1, 1, 3},
	} {
		if got := template.InRange(c.n, c.generation, c.width); got != c.want {
			t.Errorf("number %d of generation %d in %d digits is %d, want %d", c.n, c.generation, c.width, got, c.want)
		}
	}
}

// counters is a memory that can fail.
type counters struct {
	kept  map[string]string
	next  uint64
	wrong error
}

func (c *counters) Get(key string) (string, bool) { v, ok := c.kept[key]; return v, ok }

func (c *counters) Put(_ context.Context, key, value string) error {
	c.kept[key] = value
	return c.wrong
}

func (c *counters) Next(context.Context, string) (uint64, error) {
	c.next++
	return c.next, c.wrong
}

func TestSequenceIsTheSameOnRepeat(t *testing.T) {
	c := &counters{kept: map[string]string{}}
	s := template.Sequence{Memory: c, Scope: "http/510000", Now: time.Now}
	path, err := template.Compile("{unit}-{seq:4}", template.Message...)
	if err != nil {
		t.Fatal(err)
	}
	render := func(key string) (string, error) {
		m := adapter.Message{Unit: "510000", Key: key}
		return path.Render(template.Raw, s.Of(template.OfMessage(m, nil), key))
	}
	for _, step := range []struct{ key, want string }{{"a", "510000-0001"}, {"b", "510000-0002"}, {"a", "510000-0001"}} {
		if got, err := render(step.key); err != nil || got != step.want {
			t.Errorf("message %s: %q %v, want %q", step.key, got, err, step.want)
		}
	}
	c.wrong = errors.New("the store is full")
	_, err = render("c")
	var none *template.Missing
	if !errors.As(err, &none) || !none.Uncounted() {
		t.Errorf("a count that failed: %v", err)
	}
	for _, bad := range []string{"{seq:0}", "{seq:x}", "{seq:19}"} {
		if _, err := template.Compile(bad, template.Message...); err == nil {
			t.Errorf("%s compiles", bad)
		}
	}
}
