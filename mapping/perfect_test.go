package mapping

import (
	"fmt"
	"testing"
)

func TestPerfectFindsItsNamesAndNoOthers(t *testing.T) {
	for _, n := range []int{0, 1, 8, 60, 500, 2000} { // the last is too many: a map serves
		keys := make([]string, n)
		for i := range keys {
			keys[i] = fmt.Sprintf("字段%d_%d", i%7, i)
		}
		p := newPerfect(keys)
		for i, k := range keys {
			if got := p.find(k); got != i {
				t.Fatalf("of %d names, %q is %d", n, k, got)
			}
		}
		for _, k := range []string{"", "x", "字段", "字段0_0 ", "字段0_00"} {
			if got := p.find(k); got >= 0 {
				t.Fatalf("of %d names, %q is %d", n, k, got)
			}
		}
	}
}

func TestPerfectOfNamesThatItCannotTellApartIsAMap(t *testing.T) {
	// Equal in length and in every character that the hash looks at.
	p := newPerfect([]string{"abcdefgh", "abXdefgh"})
	if same := p.hash("axcdefgh") == p.hash("aycdefgh"); !same {
		t.Skip("the hash looks at every character")
	}
	q := newPerfect([]string{"axcdefgh", "aycdefgh"})
	if q.find("axcdefgh") != 0 || q.find("aycdefgh") != 1 || q.find("azcdefgh") >= 0 {
		t.Error("the map finds other names")
	}
}
