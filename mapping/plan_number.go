package mapping

import (
	"strconv"
)

// quickNumber moves the digits of numbers that fit a machine word: money. It
// declines what numberMeaning would call an error, and what it cannot hold.
type quickNumber struct {
	from, to numberSide
	dst      *schema
	min, max *shortNumber
	quoted   bool
}

// shortNumber is m × 10^-scale, without trailing zeros in its fraction.
type shortNumber struct {
	m     int64
	scale int
}

const maxShort = 1e17

// newQuickNumber gives nil where the target's schema asks for more than bounds.
func newQuickNumber(p *pipe, m *numberMeaning) *quickNumber {
	side := source(p.d)
	q := &quickNumber{from: m.side[side], to: m.side[side.other()], dst: p.dst}
	q.quoted = q.to.typ == tString
	leaf := m.leaf[side.other()]
	if leaf != p.dst || p.dst.isEnum {
		return nil
	}
	if q.quoted {
		if !quickText(p.dst) || p.dst.format != "" {
			return nil
		}
		return q
	}
	var ok bool
	if p.dst.min != nil {
		if q.min, ok = shortOf(*p.dst.min); !ok {
			return nil
		}
	}
	if p.dst.max != nil {
		if q.max, ok = shortOf(*p.dst.max); !ok {
			return nil
		}
	}
	return q
}

func shortOf(d decimal) (*shortNumber, bool) {
	s, ok := parseShort(d.String())
	return &s, ok
}

// parseShort reads a sign, digits and at most one point.
func parseShort(t string) (shortNumber, bool) {
	var s shortNumber
	i, neg := 0, false
	if i < len(t) && (t[i] == '-' || t[i] == '+') {
		neg = t[i] == '-'
		i++
	}
	if len(t)-i > 17 || i == len(t) {
		return s, false
	}
	point, digits := -1, 0
	for ; i < len(t); i++ {
		switch c := t[i]; {
		case c >= '0' && c <= '9':
			s.m = s.m*10 + int64(c-'0')
			digits++
			if point >= 0 {
				s.scale++
			}
		case c == '.' && point < 0:
			point = i
		default:
			return s, false
		}
	}
	if neg {
		s.m = -s.m
	}
	return s.normal(), digits > 0
}

func (s shortNumber) normal() shortNumber {
	if s.m == 0 {
		return shortNumber{}
	}
	for s.scale > 0 && s.m%10 == 0 {
		s.m, s.scale = s.m/10, s.scale-1
	}
	return s
}

// shift multiplies by 10^n; ok is false where it gets too large.
func (s shortNumber) shift(n int) (shortNumber, bool) {
	if s.m == 0 {
		return s, true
	}
	s.scale -= n
	for ; s.scale < 0; s.scale++ {
		if s.m >= maxShort || s.m <= -maxShort {
			return s, false
		}
		s.m *= 10
	}
	return s.normal(), s.scale <= 17
}

func (s shortNumber) cmp(o shortNumber) (int, bool) {
	a, ok1 := s.shift(max(s.scale, o.scale))
	b, ok2 := o.shift(max(s.scale, o.scale))
	switch {
	case a.m < b.m:
		return -1, ok1 && ok2
	case a.m > b.m:
		return 1, ok1 && ok2
	}
	return 0, ok1 && ok2
}

// write appends the number as the target has it; false: the pipe is to be asked.
func (q *quickNumber) write(r *planRun, t string) bool {
	s, ok := parseShort(t)
	if !ok {
		return false
	}
	up := q.from.unit - q.to.unit
	switch {
	case q.from.typ == tInteger:
		if s.scale > 0 {
			return false
		}
		if q.from.scale > 0 {
			up -= q.from.scale
		}
	case q.from.scale >= 0 && s.scale > q.from.scale:
		return false
	}
	if q.to.typ == tInteger && q.to.scale > 0 {
		up += q.to.scale
	}
	if s, ok = s.shift(up); !ok {
		return false
	}
	if n := q.to.decimals(); n >= 0 && s.scale > n {
		return false
	}
	at := len(r.out)
	fixed := max(q.to.fixed, 0)
	if q.to.typ == tInteger {
		fixed = 0
	}
	if !q.quoted {
		if !q.allowed(s) {
			return false
		}
		r.out = s.append(r.out, fixed)
		return true
	}
	r.out = append(r.out, '"')
	r.out = s.append(r.out, fixed)
	if violatesBytes(q.dst, r.out[at+1:]) {
		r.out = r.out[:at]
		return false
	}
	r.out = append(r.out, '"')
	return true
}

// allowed holds a number to its schema's type and bounds.
func (q *quickNumber) allowed(s shortNumber) bool {
	if q.dst.types&tNumber == 0 && (q.dst.types&tInteger == 0 || s.scale > 0) {
		return false
	}
	if q.min != nil {
		if c, ok := s.cmp(*q.min); !ok || c < 0 || c == 0 && q.dst.exMin {
			return false
		}
	}
	if q.max != nil {
		if c, ok := s.cmp(*q.max); !ok || c > 0 || c == 0 && q.dst.exMax {
			return false
		}
	}
	return true
}

// append writes plain decimal with at least n decimals.
func (s shortNumber) append(b []byte, n int) []byte {
	m := s.m
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	at := len(b)
	b = strconv.AppendInt(b, m, 10)
	for digits := len(b) - at; digits <= s.scale; digits++ {
		b = append(b, 0)
		copy(b[at+1:], b[at:])
		b[at] = '0'
	}
	if s.scale == 0 && n == 0 {
		return b
	}
	point := len(b) - s.scale
	b = append(b, 0)
	copy(b[point+1:], b[point:])
	b[point] = '.'
	for i := s.scale; i < n; i++ {
		b = append(b, '0')
	}
	return b
}
