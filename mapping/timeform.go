package mapping

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type formKind uint8

const (
	formPattern formKind = iota
	formRFC3339
	formDate
	formEpochS
	formEpochMS
)

// unit is a unit of time, coarse to fine.
type unit uint8

const (
	unitYear unit = iota + 1
	unitMonth
	unitDay
	unitHour
	unitMinute
	unitSecond
	unitMilli
)

type timeToken struct {
	literal  string
	unit     unit
	min, max int // digits
}

// timeForm is one form of writing a time.
type timeForm struct {
	raw    string
	kind   formKind
	tokens []timeToken
	short  bool // yy
}

// civil is a moment as a clock shows it, with its offset where it has one.
type civil struct {
	year, month, day, hour, minute, second, nano int
	offset                                       int // seconds
	fixed                                        bool
	lacksHour                                    bool
}

// parseForm reads a pattern or one of the named forms.
func parseForm(raw string) (*timeForm, error) {
	f := &timeForm{raw: raw}
	switch raw {
	case "rfc3339":
		f.kind = formRFC3339
		return f, nil
	case "date":
		f.kind = formDate
		f.tokens = datePattern
		return f, nil
	case "epoch-s":
		f.kind = formEpochS
		return f, nil
	case "epoch-ms":
		f.kind = formEpochMS
		return f, nil
	}
	seen := map[unit]bool{}
	for t := raw; t != ""; {
		if t[0] == '\'' {
			end := strings.IndexByte(t[1:], '\'')
			if end < 0 {
				return nil, fmt.Errorf("a quote has no end")
			}
			text := t[1 : 1+end]
			if text == "" {
				text = "'"
			}
			f.literal(text)
			t = t[end+2:]
			continue
		}
		if !letter(t[0]) {
			_, size := utf8.DecodeRuneInString(t)
			f.literal(t[:size])
			t = t[size:]
			continue
		}
		n := 1
		for n < len(t) && t[n] == t[0] {
			n++
		}
		tok, ok := units[t[:n]]
		if !ok {
			return nil, fmt.Errorf("%s is no unit", t[:n])
		}
		if seen[tok.unit] {
			return nil, fmt.Errorf("%s comes twice", t[:n])
		}
		seen[tok.unit] = true
		if k := len(f.tokens); k > 0 && f.tokens[k-1].unit != 0 && f.tokens[k-1].min != f.tokens[k-1].max {
			return nil, fmt.Errorf("%s touches a unit of variable length", t[:n])
		}
		f.short = f.short || t[:n] == "yy"
		f.tokens = append(f.tokens, tok)
		t = t[n:]
	}
	if len(seen) == 0 {
		return nil, fmt.Errorf("there is no unit")
	}
	return f, nil
}

var units = map[string]timeToken{
	"yyyy": {unit: unitYear, min: 4, max: 4}, "yy": {unit: unitYear, min: 2, max: 2},
	"MM": {unit: unitMonth, min: 2, max: 2}, "M": {unit: unitMonth, min: 1, max: 2},
	"dd": {unit: unitDay, min: 2, max: 2}, "d": {unit: unitDay, min: 1, max: 2},
	"HH": {unit: unitHour, min: 2, max: 2}, "H": {unit: unitHour, min: 1, max: 2},
	"mm": {unit: unitMinute, min: 2, max: 2}, "ss": {unit: unitSecond, min: 2, max: 2},
	"SSS": {unit: unitMilli, min: 3, max: 3},
}

var datePattern = []timeToken{units["yyyy"], {literal: "-"}, units["MM"], {literal: "-"}, units["dd"]}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func (f *timeForm) literal(text string) {
	if n := len(f.tokens); n > 0 && f.tokens[n-1].unit == 0 {
		f.tokens[n-1].literal += text
		return
	}
	f.tokens = append(f.tokens, timeToken{literal: text})
}

// absolute tells a form that fixes the moment wherever it is read.
func (f *timeForm) absolute() bool {
	return f.kind == formRFC3339 || f.kind == formEpochS || f.kind == formEpochMS
}

func (f *timeForm) fraction() bool { return f.finest() == unitMilli }

// finest is the smallest unit that the form keeps.
func (f *timeForm) finest() unit {
	switch f.kind {
	case formRFC3339, formEpochS:
		return unitSecond
	case formEpochMS:
		return unitMilli
	}
	var u unit
	for _, t := range f.tokens {
		u = max(u, t.unit)
	}
	return u
}

// coarser tells that writing to f what was read from o drops a unit.
func (f *timeForm) coarser(o *timeForm) bool {
	return min(f.finest(), unitSecond) < min(o.finest(), unitSecond)
}

func (f *timeForm) digitsOnly() bool {
	if f.kind == formEpochS || f.kind == formEpochMS {
		return true
	}
	if f.kind != formPattern {
		return false
	}
	for _, t := range f.tokens {
		if t.unit == 0 {
			return false
		}
	}
	return true
}

// unNumber restores the leading zeros that a number has lost.
func (f *timeForm) unNumber(text string) string {
	if f.kind != formPattern || !f.digitsOnly() {
		return text
	}
	n := 0
	for _, t := range f.tokens {
		n += t.max
	}
	if len(text) < n && allDigits(text) {
		return strings.Repeat("0", n-len(text)) + text
	}
	return text
}

func (f *timeForm) parse(t string) (civil, bool) {
	switch f.kind {
	case formRFC3339:
		return parseRFC3339(t)
	case formEpochS, formEpochMS:
		if !signDigits(t) || len(t) > 18 || t[0] == '+' {
			return civil{}, false
		}
		n, err := strconv.ParseInt(t, 10, 64)
		if err != nil {
			return civil{}, false
		}
		moment := time.Unix(n, 0)
		if f.kind == formEpochMS {
			moment = time.UnixMilli(n)
		}
		c := civilOf(moment.UTC())
		return c, c.year >= 0 && c.year <= 9999
	}
	c := civil{year: 1, month: 1, day: 1, lacksHour: true}
	if f.noYear() {
		c.year = 1970
	}
	for _, tok := range f.tokens {
		if tok.unit == 0 {
			if !strings.HasPrefix(t, tok.literal) {
				return civil{}, false
			}
			t = t[len(tok.literal):]
			continue
		}
		n, v := 0, 0
		for n < tok.max && n < len(t) && t[n] >= '0' && t[n] <= '9' {
			v = v*10 + int(t[n]-'0')
			n++
		}
		if n < tok.min {
			return civil{}, false
		}
		t = t[n:]
		switch tok.unit {
		case unitYear:
			if f.short {
				if v += 1900; v < 1970 {
					v += 100
				}
			}
			c.year = v
		case unitMonth:
			c.month = v
		case unitDay:
			c.day = v
		case unitHour:
			c.hour, c.lacksHour = v, false
		case unitMinute:
			c.minute = v
		case unitSecond:
			c.second = v
		case unitMilli:
			c.nano = v * 1e6
		}
	}
	return c, t == "" && c.valid()
}

func (f *timeForm) noYear() bool {
	for _, t := range f.tokens {
		if t.unit == unitYear {
			return false
		}
	}
	return true
}

func (f *timeForm) format(c civil, fraction bool) string {
	switch f.kind {
	case formRFC3339:
		return c.rfc3339(fraction)
	case formEpochS:
		return strconv.FormatInt(c.unix(), 10)
	case formEpochMS:
		return strconv.FormatInt(c.unix()*1000+int64(c.nano/1e6), 10)
	}
	var b []byte
	for _, tok := range f.tokens {
		v := 0
		switch tok.unit {
		case 0:
			b = append(b, tok.literal...)
			continue
		case unitYear:
			if v = c.year; f.short {
				v %= 100
			}
		case unitMonth:
			v = c.month
		case unitDay:
			v = c.day
		case unitHour:
			v = c.hour
		case unitMinute:
			v = c.minute
		case unitSecond:
			v = c.second
		case unitMilli:
			v = c.nano / 1e6
		}
		b = appendPadded(b, v, tok.min)
	}
	return string(b)
}

func appendPadded(b []byte, v, width int) []byte {
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

// in shows a fixed moment on a zone's clock.
func (c civil) in(zone *time.Location) civil {
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
	b := make([]byte, 0, 32)
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
		return string(append(b, 'Z'))
	}
	off := c.offset
	if off < 0 {
		b, off = append(b, '-'), -off
	} else {
		b = append(b, '+')
	}
	b = appendPadded(b, off/3600, 2)
	b = append(b, ':')
	return string(appendPadded(b, off%3600/60, 2))
}
