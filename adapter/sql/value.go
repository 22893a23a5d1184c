package sql

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/internal/codec"
)

// cell is one value as it was read: text in the database's charset, or bytes.
type cell struct {
	null bool
	raw  []byte
}

// Scan implements sql.Scanner for whatever a driver gives.
func (c *cell) Scan(v any) error {
	*c = cell{}
	switch v := v.(type) {
	case nil:
		c.null = true
	case []byte:
		c.raw = append([]byte{}, v...)
	case string:
		c.raw = []byte(v)
	case int64:
		c.raw = strconv.AppendInt(nil, v, 10)
	case float64:
		s, ok := codec.NumberText(v)
		if !ok { // infinite, or no number
			s = strconv.FormatFloat(v, 'g', -1, 64)
		}
		c.raw = []byte(s)
	case float32:
		c.raw = strconv.AppendFloat(nil, float64(v), 'g', -1, 32)
	case bool:
		c.raw = strconv.AppendBool(nil, v)
	case time.Time:
		c.raw = []byte(v.Format("2006-01-02 15:04:05.999999999"))
	default:
		c.raw = []byte(fmt.Sprint(v))
	}
	return nil
}

// param is the cell as a parameter that compares equal to it; nil is NULL.
func (b *database) param(c cell, of column) any {
	if c.null {
		return nil
	}
	raw := c.raw
	if of.kind == padded {
		raw = []byte(strings.TrimRight(string(raw), " "))
	}
	if of.kind == bytes || b.d.bytes && b.charset != "" && singleByte(of) {
		return raw
	}
	return string(raw)
}

var (
	wholeNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)
	jsonNumber  = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	stamp       = regexp.MustCompile(`^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$`)
)

// shanghai is the zone of every local system's times (Asia/Shanghai).
var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// read gives a cell as documents have it. An error says that its bytes are no
// text of the charset; the value is then those bytes in base64.
func (b *database) read(c cell, of column) (codec.Value, error) {
	if c.null {
		return codec.Value{Kind: codec.Null}, nil
	}
	if of.kind == bytes {
		return codec.Str(base64.StdEncoding.EncodeToString(c.raw)), nil
	}
	s, err := codec.TextOf(c.raw, codec.Options{Format: "text", Charset: b.charset, Cut: b.cut})
	if err != nil {
		return codec.Str(base64.StdEncoding.EncodeToString(c.raw)), fmt.Errorf("column %s: no text of the charset", of.shown)
	}
	switch of.kind {
	case padded:
		s = strings.TrimRight(s, " ")
	case integer:
		if s = strings.TrimSpace(s); wholeNumber.MatchString(s) {
			return codec.Num(s), nil
		}
	case float:
		if t := leadingZero(s); jsonNumber.MatchString(t) {
			return codec.Num(t), nil
		}
	case decimal:
		s = leadingZero(s)
	case truth:
		switch {
		case s == "true" || s == "false":
			return codec.Value{Kind: codec.Bool, True: s == "true"}, nil
		case wholeNumber.MatchString(s):
			return codec.Num(s), nil
		}
	case date, moment:
		s = moments(s)
	}
	return codec.Str(s), nil
}

// leadingZero writes Oracle's .5 as 0.5.
func leadingZero(s string) string {
	s = strings.TrimSpace(s)
	if rest, ok := strings.CutPrefix(s, "-."); ok {
		return "-0." + rest
	}
	if strings.HasPrefix(s, ".") {
		return "0" + s
	}
	return s
}

// moments writes a database's date and time as yyyy-MM-dd HH:mm:ss[.SSS]; what is
// none, 0000-00-00 too, stays as it is.
func moments(s string) string {
	m := stamp.FindStringSubmatch(s)
	if m == nil || m[1] == "0000-00-00" {
		return s
	}
	day, clock, fraction, zone := m[1], m[2], m[3], m[4]
	if clock == "" {
		clock = "00:00:00"
	}
	if zone != "" && zone != "+08" && zone != "+08:00" && zone != "+0800" {
		for _, layout := range []string{"2006-01-02 15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700"} {
			if t, err := time.Parse(layout, day+" "+clock+zone); err == nil {
				day, clock = t.In(shanghai).Format("2006-01-02"), t.In(shanghai).Format("15:04:05")
				break
			}
		}
	}
	fraction = (fraction + "000")[:3]
	if fraction != "000" {
		clock += "." + fraction
	}
	return day + " " + clock
}

// write gives a document's value as a parameter for a column.
func (b *database) write(v codec.Value, into column) (any, error) {
	var s string
	switch v.Kind {
	case codec.Absent, codec.Null:
		return nil, nil
	case codec.Bool:
		s = map[bool]string{true: "1", false: "0"}[v.True]
		if into.kind == truth {
			s = b.d.truth[map[bool]int{false: 0, true: 1}[v.True]]
		}
	case codec.Number, codec.String:
		s = v.Text
	default:
		return nil, refused("column %s: a list or an object is no column's value", into.shown)
	}
	switch {
	case into.kind == bytes:
		raw, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return nil, refused("column %s: no base64", into.shown)
		}
		return raw, nil
	case b.charset == "":
		return s, nil
	}
	raw, err := codec.EncodeText(s, b.charset, nil)
	if err != nil { // names the character's code point, nothing else
		return nil, &adapter.Failure{Outcome: adapter.Refused, Code: "mapping", HoldReason: "mapping", Err: fmt.Errorf("column %s: %w", into.shown, err)}
	}
	if b.d.bytes && singleByte(into) {
		return raw, nil
	}
	return string(raw), nil
}
