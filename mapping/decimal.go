package mapping

import "strings"

// maxDigits bounds what a number may expand to: 1e999999999 is an error, not a
// gigabyte.
const maxDigits = 400

// decimal is an exact decimal: digits × 10^-scale. digits has no leading zero;
// zero is "" with scale 0. scale may be negative only between operations.
type decimal struct {
	neg    bool
	digits string
	scale  int
}

// parseDecimal reads a sign, digits with at most one point, leading zeros and an exponent.
func parseDecimal(t string) (decimal, bool) {
	var d decimal
	i := 0
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		d.neg = t[i] == '-'
		i++
	}
	start, point := i, -1
	for i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] == '.' && point < 0) {
		if t[i] == '.' {
			point = i
		}
		i++
	}
	mantissa := t[start:i]
	switch {
	case mantissa == "" || mantissa == "." || len(mantissa) > maxDigits:
		return decimal{}, false
	case point >= 0:
		d.scale = i - point - 1
		mantissa = t[start:point] + t[point+1:i]
	}
	if i < len(t) {
		e, ok := parseExponent(t[i:])
		if !ok {
			return decimal{}, false
		}
		d.scale -= e
	}
	d.digits = strings.TrimLeft(mantissa, "0")
	if d.digits == "" {
		return decimal{}, true
	}
	d = d.normal()
	if d.scale > maxDigits || len(d.digits) > maxDigits {
		return decimal{}, false
	}
	return d, true
}

func parseExponent(t string) (int, bool) {
	if len(t) < 2 || t[0] != 'e' && t[0] != 'E' {
		return 0, false
	}
	t = t[1:]
	neg := t[0] == '-'
	if t[0] == '-' || t[0] == '+' {
		t = t[1:]
	}
	if t == "" || len(t) > 6 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(t); i++ {
		if t[i] < '0' || t[i] > '9' {
			return 0, false
		}
		n = n*10 + int(t[i]-'0')
	}
	if n > 2*maxDigits {
		return 0, false
	}
	if neg {
		n = -n
	}
	return n, true
}

// normal drops trailing zeros of the fraction and writes out a negative scale.
func (d decimal) normal() decimal {
	if d.digits == "" {
		return decimal{}
	}
	for d.scale > 0 && d.digits[len(d.digits)-1] == '0' {
		d.digits, d.scale = d.digits[:len(d.digits)-1], d.scale-1
	}
	if d.scale < 0 {
		d.digits, d.scale = d.digits+strings.Repeat("0", -d.scale), 0
	}
	return d
}

// shift multiplies by 10^n.
func (d decimal) shift(n int) decimal {
	if d.digits == "" {
		return d
	}
	d.scale -= n
	return d.normal()
}

// round keeps at most n decimals, half away from zero; exact is false where digits dropped.
func (d decimal) round(n int) (r decimal, exact bool) {
	if d.scale <= n {
		return d, true
	}
	drop := d.scale - n
	if drop > len(d.digits) {
		return decimal{}, false
	}
	kept, up := d.digits[:len(d.digits)-drop], d.digits[len(d.digits)-drop] >= '5'
	if up {
		b := []byte(kept)
		i := len(b) - 1
		for ; i >= 0 && b[i] == '9'; i-- {
			b[i] = '0'
		}
		if i >= 0 {
			b[i]++
			kept = string(b)
		} else {
			kept = "1" + string(b)
		}
	}
	return decimal{d.neg, strings.TrimLeft(kept, "0"), n}.normal(), false
}

// String writes plain decimal without trailing zeros.
func (d decimal) String() string { return d.fixed(0) }

// fixed writes at least n decimals.
func (d decimal) fixed(n int) string {
	scale := max(d.scale, n)
	digits := d.digits + strings.Repeat("0", scale-d.scale)
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	s := digits
	if scale > 0 {
		s = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if d.neg && d.digits != "" {
		s = "-" + s
	}
	return s
}

func (d decimal) cmp(o decimal) int {
	switch {
	case d.digits == "" && o.digits == "":
		return 0
	case d.digits == "":
		return sign(!o.neg, -1)
	case o.digits == "":
		return sign(!d.neg, 1)
	case d.neg != o.neg:
		return sign(o.neg, 1)
	}
	c := cmpMagnitude(d, o)
	if d.neg {
		return -c
	}
	return c
}

func sign(pos bool, n int) int {
	if pos {
		return n
	}
	return -n
}

func cmpMagnitude(a, b decimal) int {
	if x, y := len(a.digits)-a.scale, len(b.digits)-b.scale; x != y {
		if x < y {
			return -1
		}
		return 1
	}
	scale := max(a.scale, b.scale)
	return strings.Compare(a.digits+strings.Repeat("0", scale-a.scale), b.digits+strings.Repeat("0", scale-b.scale))
}

// int gives the value where it is a whole number that fits.
func (d decimal) int() (int, bool) {
	if d.scale != 0 || len(d.digits) > 18 {
		return 0, false
	}
	n := 0
	for i := 0; i < len(d.digits); i++ {
		n = n*10 + int(d.digits[i]-'0')
	}
	if d.neg {
		n = -n
	}
	return n, true
}
