package file

import "testing"

func TestEachGenerationHasItsOwnRangeOfNumbers(t *testing.T) {
	for _, c := range []struct {
		n, generation uint64
		width         int
		want          uint64
	}{
		{1, 0, 6, 1}, {1, 1, 6, 100001}, {99999, 2, 6, 299999}, {100000, 1, 6, 100000}, {7, 12, 4, 9007}, {3, 1, 1, 3},
	} {
		if got := inRange(c.n, c.generation, c.width); got != c.want {
			t.Errorf("number %d of generation %d in %d digits is %d, want %d", c.n, c.generation, c.width, got, c.want)
		}
	}
}
