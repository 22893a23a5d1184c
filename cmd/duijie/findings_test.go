package main

import "testing"

// TestSecondLineNamesPathsAndHint: what a finding is about stands below it.
func TestSecondLineNamesPathsAndHint(t *testing.T) {
	for _, c := range []struct {
		f    finding
		want string
	}{
		{finding{Nat: "a", Loc: "x", Hint: "did you mean y?"}, "nat a · loc x · did you mean y?"},
		{finding{Loc: "x"}, "loc x"},
		{finding{Hint: "quote it"}, "quote it"},
		{finding{}, ""},
	} {
		if got := c.f.about(); got != c.want {
			t.Errorf("%+v: %q, want %q", c.f, got, c.want)
		}
	}
}
