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

// coarser tells that writing to f what was read from o drops a unit, fractions
// of a second aside.
func (f *timeForm) coarser(o *timeForm) bool {
	for u := unitYear; u <= unitSecond; u++ {
		if o.keeps(u) && !f.keeps(u) {
			return true
		}
	}
	return false
}

// keeps tells whether the form says a unit.
func (f *timeForm) keeps(u unit) bool {
	if f.absolute() {
		return true
	}
	for _, t := range f.tokens {
		if t.unit == u {
			return true
		}
	}
	return false
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
	return string(f.append(nil, c, fraction))
}

func (f *timeForm) append(b []byte, c civil, fraction bool) []byte {
	switch f.kind {
	case formRFC3339:
		return c.appendRFC3339(b, fraction)
	case formEpochS:
		return strconv.AppendInt(b, c.unix(), 10)
	case formEpochMS:
		return strconv.AppendInt(b, c.unix()*1000+int64(c.nano/1e6), 10)
	}
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
	return b
}
