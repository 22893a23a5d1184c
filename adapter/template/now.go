package template

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// shanghai is Asia/Shanghai, in which every local system writes its times; the
// zone has had one offset since 1991.
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// units are a pattern's letters, longest first, and Go's layout for each.
var units = []struct{ letters, layout string }{
	{"yyyy", "2006"}, {"SSS", "000"}, {"yy", "06"}, {"MM", "01"}, {"dd", "02"}, {"HH", "15"}, {"mm", "04"}, {"ss", "05"},
	{"M", "1"}, {"d", "2"}, {"H", "H"},
}

// CheckPattern refuses a pattern with letters that are no unit of time.
func CheckPattern(pattern string) error {
	_, err := FormatTime(time.Time{}, pattern)
	return err
}

// epochs are the patterns that count from 1970-01-01T00:00:00Z.
var epochs = map[string]time.Duration{"epoch-s": time.Second, "epoch-ms": time.Millisecond}

// maxEpoch bounds what is read, in milliseconds: some 30,000 years.
const maxEpoch = 1e15

// FormatTime writes a time in Asia/Shanghai by a pattern of yyyy yy MM M dd d HH
// H mm ss SSS, or as epoch-s or epoch-ms; letters in quotes and other characters
// stand for themselves.
func FormatTime(t time.Time, pattern string) (string, error) {
	if unit, ok := epochs[pattern]; ok {
		if unit == time.Second {
			return strconv.FormatInt(t.Unix(), 10), nil
		}
		return strconv.FormatInt(t.UnixMilli(), 10), nil
	}
	t = t.In(shanghai)
	var b strings.Builder
	for s := pattern; s != ""; {
		if rest, ok := strings.CutPrefix(s, "'"); ok {
			literal, after, closed := strings.Cut(rest, "'")
			if !closed {
				return "", fmt.Errorf("time pattern: a quote is not closed")
			}
			b.WriteString(literal)
			s = after
			continue
		}
		text, rest := unit(t, s)
		if rest == s {
			if c := s[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
				return "", fmt.Errorf("time pattern: %q is no unit of time", string(c))
			}
			text, rest = s[:1], s[1:]
		}
		b.WriteString(text)
		s = rest
	}
	return b.String(), nil
}

func unit(t time.Time, s string) (text, rest string) {
	for _, u := range units {
		after, ok := strings.CutPrefix(s, u.letters)
		if !ok {
			continue
		}
		switch u.letters {
		case "SSS":
			return fmt.Sprintf("%03d", t.Nanosecond()/1e6), after
		case "H":
			return fmt.Sprint(t.Hour()), after
		}
		return t.Format(u.layout), after
	}
	return "", s
}

// ParseTime reads a time by a pattern in Asia/Shanghai; the whole text must match.
func ParseTime(text, pattern string) (time.Time, error) {
	if unit, ok := epochs[pattern]; ok {
		n, err := strconv.ParseInt(text, 10, 64)
		if most := int64(maxEpoch) / int64(unit/time.Millisecond); err != nil || n > most || n < -most {
			return time.Time{}, fmt.Errorf("text is no time of the pattern %q", pattern)
		}
		return time.UnixMilli(n * int64(unit/time.Millisecond)), nil
	}
	var layout strings.Builder
	for s := pattern; s != ""; {
		if rest, ok := strings.CutPrefix(s, "'"); ok {
			literal, after, _ := strings.Cut(rest, "'")
			layout.WriteString(literal)
			s = after
			continue
		}
		found := false
		for _, u := range units {
			if after, ok := strings.CutPrefix(s, u.letters); ok {
				switch u.letters {
				case "H":
					layout.WriteString("15")
				case "SSS":
					// Go reads a fraction only behind a point or a comma.
					layout.WriteString("000")
				default:
					layout.WriteString(u.layout)
				}
				s, found = after, true
				break
			}
		}
		if !found {
			layout.WriteByte(s[0])
			s = s[1:]
		}
	}
	t, err := time.ParseInLocation(layout.String(), text, shanghai)
	if err != nil {
		return time.Time{}, fmt.Errorf("text is no time of the pattern %q", pattern)
	}
	return t, nil
}
