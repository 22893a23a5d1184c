package mapping

import (
	"strconv"
	"time"
)

// civil is a moment as a clock shows it, with its offset where it has one.
type civil struct {
	year, month, day, hour, minute, second, nano int
	offset                                       int // seconds
	fixed                                        bool
	lacksHour                                    bool
}

func appendPadded(b []byte, v, width int) []byte {
	if width == 2 && v < 100 {
		return append(b, byte('0'+v/10), byte('0'+v%10))
	}
	for n, w := 1000, 4; w > 1; n, w = n/10, w-1 {
		if v < n && width >= w {
			b = append(b, '0')
		}
	}
	return strconv.AppendInt(b, int64(v), 10)
}

// parseRFC3339 reads a date-time with its offset.
func parseRFC3339(t string) (civil, bool) {
	var c civil
	if len(t) < 20 || t[10] != 'T' && t[10] != 't' {
		return c, false
	}
	p := 0
	read := func(n int) (int, bool) {
		v := 0
		if p+n > len(t) {
			return 0, false
		}
		for i := 0; i < n; i, p = i+1, p+1 {
			if t[p] < '0' || t[p] > '9' {
				return 0, false
			}
			v = v*10 + int(t[p]-'0')
		}
		return v, true
	}
	for i, x := range []struct {
		to  *int
		n   int
		sep byte
	}{{&c.year, 4, '-'}, {&c.month, 2, '-'}, {&c.day, 2, 0}, {&c.hour, 2, ':'}, {&c.minute, 2, ':'}, {&c.second, 2, 0}} {
		v, ok := read(x.n)
		if !ok {
			return c, false
		}
		*x.to = v
		if x.sep != 0 {
			if p >= len(t) || t[p] != x.sep {
				return c, false
			}
			p++
		}
		if i == 2 {
			p++ // T
		}
	}
	if p < len(t) && t[p] == '.' {
		p++
		start, scale := p, int(1e8)
		for p < len(t) && t[p] >= '0' && t[p] <= '9' {
			c.nano += int(t[p]-'0') * scale
			scale /= 10
			p++
		}
		if p == start {
			return c, false
		}
	}
	c.fixed = true
	switch {
	case p == len(t)-1 && (t[p] == 'Z' || t[p] == 'z'):
	case p == len(t)-6 && (t[p] == '+' || t[p] == '-') && t[p+3] == ':':
		neg := t[p] == '-'
		p++
		h, ok1 := read(2)
		p++
		m, ok2 := read(2)
		if !ok1 || !ok2 || h > 23 || m > 59 {
			return c, false
		}
		c.offset = h*3600 + m*60
		if neg {
			c.offset = -c.offset
		}
	default:
		return c, false
	}
	return c, c.valid()
}

func isDate(t string) bool {
	f := timeForm{kind: formDate, tokens: datePattern}
	_, ok := f.parse(t)
	return ok
}

func (c civil) valid() bool {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.hour > 23 || c.minute > 59 || c.second > 59 {
		return false
	}
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[c.month-1]
	if c.month == 2 && c.year%4 == 0 && (c.year%100 != 0 || c.year%400 == 0) {
		days = 29
	}
	return c.day <= days
}

func (c civil) unix() int64 {
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, 0, time.UTC).Unix() - int64(c.offset)
}

func civilOf(t time.Time) civil {
	_, off := t.Zone()
	return civil{year: t.Year(), month: int(t.Month()), day: t.Day(), hour: t.Hour(), minute: t.Minute(), second: t.Second(), nano: t.Nanosecond(), offset: off, fixed: true}
}

// Since the last summer time of 1991 Shanghai's clock has been eight hours ahead, always.
const (
	beijing = 8 * 3600
	steady  = 1992
)

// in shows a fixed moment on a zone's clock.
func (c civil) in(zone *time.Location) civil {
	if c.offset == beijing && c.year >= steady && zone == shanghai() {
		return c
	}
	t := time.Unix(c.unix(), int64(c.nano)).In(zone)
	// RFC 3339 knows whole minutes; local mean time before 1901 has seconds.
	if _, off := t.Zone(); off%60 != 0 {
		t = t.In(time.FixedZone("", off-off%60))
	}
	return civilOf(t)
}

// place finds the moment that a zone's clock shows so: the first where it does
// twice, none where it never does.
func (c civil) place(zone *time.Location) (civil, bool) {
	if c.year >= steady && zone == shanghai() {
		c.offset, c.fixed, c.lacksHour = beijing, true, false
		return c, true
	}
	t := time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, c.nano, zone)
	_, off := t.Zone()
	if off%60 != 0 {
		c.offset, c.fixed = off-off%60, true
		return c, true
	}
	if _, before := t.Add(-3 * time.Hour).Zone(); before > off {
		if e := t.Add(-time.Duration(before-off) * time.Second); sameClock(e, c) {
			t = e
		}
	}
	if !sameClock(t, c) {
		if !c.lacksHour {
			return c, false
		}
		// The day begins later than midnight: its first moment.
		if t.Day() != c.day {
			t = t.Add(time.Hour)
		}
	}
	return civilOf(t), true
}

func sameClock(t time.Time, c civil) bool {
	return t.Hour() == c.hour && t.Minute() == c.minute && t.Day() == c.day
}

func (c civil) rfc3339(fraction bool) string {
	return string(c.appendRFC3339(make([]byte, 0, 32), fraction))
}

func (c civil) appendRFC3339(b []byte, fraction bool) []byte {
	b = appendPadded(b, c.year, 4)
	b = append(b, '-')
	b = appendPadded(b, c.month, 2)
	b = append(b, '-')
	b = appendPadded(b, c.day, 2)
	b = append(b, 'T')
	b = appendPadded(b, c.hour, 2)
	b = append(b, ':')
	b = appendPadded(b, c.minute, 2)
	b = append(b, ':')
	b = appendPadded(b, c.second, 2)
	if fraction {
		b = append(b, '.')
		b = appendPadded(b, c.nano/1e6, 3)
	}
	if c.offset == 0 {
		return append(b, 'Z')
	}
	off := c.offset
	if off < 0 {
		b, off = append(b, '-'), -off
	} else {
		b = append(b, '+')
	}
	b = appendPadded(b, off/3600, 2)
	b = append(b, ':')
	return appendPadded(b, off%3600/60, 2)
}
