package mapping

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func rat(d decimal) *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

func TestDecimalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?[0-9]{1,30}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?`).Draw(t, "text")
		d, ok := parseDecimal(text)
		if !ok {
			t.Fatalf("%s is no decimal", text)
		}
		want, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Skip()
		}
		if rat(d).Cmp(want) != 0 {
			t.Fatalf("%s became %s", text, d)
		}
		n := rapid.IntRange(-5, 5).Draw(t, "shift")
		ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(n, -n))), nil))
		shifted := new(big.Rat).Mul(want, ten)
		if n < 0 {
			shifted = new(big.Rat).Quo(want, ten)
		}
		if rat(d.shift(n)).Cmp(shifted) != 0 {
			t.Fatalf("%s × 10^%d became %s", text, n, d.shift(n))
		}
		places := rapid.IntRange(0, 4).Draw(t, "places")
		r, exact := d.round(places)
		half := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Mul(big.NewInt(2), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)))
		diff := new(big.Rat).Sub(rat(r), want)
		if diff.Abs(diff).Cmp(half) > 0 || exact != (diff.Sign() == 0) {
			t.Fatalf("%s rounded to %d places is %s, exact %v", text, places, r, exact)
		}
		other, _ := parseDecimal(rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,3})?`).Draw(t, "other"))
		if d.cmp(other) != rat(d).Cmp(rat(other)) {
			t.Fatalf("%s against %s is %d", d, other, d.cmp(other))
		}
	})
}

func TestDecimalRefuses(t *testing.T) {
	for _, text := range []string{"", "-", ".", "1.2.3", "1,000", " 1", "1 ", "１", "0x1", "1e", "1e999999999", "Inf", "--1", "一"} {
		if d, ok := parseDecimal(text); ok {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}

func TestRoundsHalfAwayFromZero(t *testing.T) {
	for text, want := range map[string]string{"1.005": "1.01", "-1.005": "-1.01", "0.004": "0", "9.995": "10", "99.999": "100", "0.005": "0.01", "1.0049": "1"} {
		d, _ := parseDecimal(text)
		if r, _ := d.round(2); r.String() != want {
			t.Errorf("%s became %s, want %s", text, r, want)
		}
	}
}
