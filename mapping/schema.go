package mapping

import (
	"strconv"
	"unicode/utf8"

	"duijie/internal/codec"
)

// types is a set of JSON types.
type types uint8

const (
	tString types = 1 << iota
	tNumber
	tInteger
	tBool
	tNull
	tArray
	tObject
	tAny = tString | tNumber | tInteger | tBool | tNull | tArray | tObject
)

var typeNames = []struct {
	name string
	bit  types
}{{"string", tString}, {"number", tNumber | tInteger}, {"integer", tInteger}, {"boolean", tBool}, {"null", tNull}, {"array", tArray}, {"object", tObject}}

func (t types) String() string {
	if t == tAny {
		return "anything"
	}
	s := ""
	for _, n := range typeNames {
		if n.name == "integer" && t&tNumber != 0 {
			continue
		}
		if t&n.bit == n.bit {
			if s != "" {
				s += "|"
			}
			s += n.name
		}
	}
	return s
}

// schema is the view that a mapping needs of a JSON Schema: which paths exist,
// what their leaves hold, what is required. Branches of oneOf and anyOf are
// joined: a path exists where one branch has it.
type schema struct {
	name  string // file#pointer, for messages
	types types
	// props are the named members, in the order of the file.
	props []prop
	index map[string]int
	open  bool    // members beyond props are allowed
	rest  *schema // their schema; nil: anything
	items *schema
	// isEnum tells an empty intersection from no enum at all.
	isEnum             bool
	enum               []codec.Value
	minItems, maxItems int // maxItems -1: no bound
	minLen, maxLen     int // in code points; maxLen -1: no bound
	maxBytes           int // x-maxBytes; -1: no bound
	pattern            *pattern
	format             string
	min, max           *decimal
	exMin, exMax       bool
	sensitive          bool
}

type prop struct {
	name     string
	s        *schema
	required bool
}

// anything is the schema of what no schema describes.
func anything() *schema {
	return &schema{types: tAny, open: true, maxItems: -1, maxLen: -1, maxBytes: -1}
}

// get finds a member's schema. A member that only an open object allows gives
// its rest; nil means that the schema does not allow it.
func (s *schema) get(name string) (p *schema, named bool) {
	if i, ok := s.index[name]; ok {
		return s.props[i].s, true
	}
	if s.types&tObject == 0 || !s.open {
		return nil, false
	}
	if s.rest != nil {
		return s.rest, false
	}
	return anything(), false
}

func (s *schema) requires(name string) bool {
	i, ok := s.index[name]
	return ok && s.props[i].required
}

// isList tells what is an array and nothing else but null.
func (s *schema) isList() bool { return s.types&^tNull == tArray }

// isObject tells a described object.
func (s *schema) isObject() bool { return s.types&^tNull == tObject }

func (s *schema) element() *schema {
	if s.items != nil {
		return s.items
	}
	return anything()
}

// scalar tells whether a string, number or boolean may stand here.
func (s *schema) scalar() bool { return s.types&(tString|tNumber|tInteger|tBool) != 0 }

// names lists the members, for hints.
func (s *schema) names() []string {
	out := make([]string, len(s.props))
	for i, p := range s.props {
		out[i] = p.name
	}
	return out
}

// hasEnum tells whether a text is one of the enum's values.
func (s *schema) hasEnum(text string) bool {
	for i := range s.enum {
		if scalarText(&s.enum[i]) == text {
			return true
		}
	}
	return false
}

func kindType(v *codec.Value) types {
	switch v.Kind {
	case codec.Null:
		return tNull
	case codec.Bool:
		return tBool
	case codec.Number:
		if isInteger(v.Text) {
			return tInteger
		}
		return tNumber
	case codec.String:
		return tString
	case codec.Array:
		return tArray
	case codec.Object:
		return tObject
	}
	return 0
}

// allows tells whether the value's JSON type may stand here.
func (s *schema) allows(v *codec.Value) bool {
	k := kindType(v)
	return s.types&k != 0 || k == tInteger && s.types&tNumber != 0
}

// violates tells which keyword a scalar breaks; empty: none.
func (s *schema) violates(v *codec.Value) string {
	if !s.allows(v) {
		return "type"
	}
	if s.isEnum && !s.inEnum(v) {
		return "enum"
	}
	switch v.Kind {
	case codec.String:
		return s.violatesText(v.Text)
	case codec.Number:
		d, ok := parseDecimal(v.Text)
		if !ok {
			return "type"
		}
		if s.min != nil {
			if c := d.cmp(*s.min); c < 0 || c == 0 && s.exMin {
				return "minimum"
			}
		}
		if s.max != nil {
			if c := d.cmp(*s.max); c > 0 || c == 0 && s.exMax {
				return "maximum"
			}
		}
	}
	return ""
}

func (s *schema) violatesText(t string) string {
	// Counting characters is needed only where bytes don't tell already.
	if s.minLen > (len(t)+utf8.UTFMax-1)/utf8.UTFMax || s.maxLen >= 0 && s.maxLen < len(t) {
		n := runes(t)
		if n < s.minLen {
			return "minLength"
		}
		if s.maxLen >= 0 && n > s.maxLen {
			return "maxLength"
		}
	}
	if s.pattern != nil && !s.pattern.MatchString(t) {
		return "pattern"
	}
	switch s.format {
	case "date":
		if !isDate(t) {
			return "format"
		}
	case "date-time":
		if _, ok := parseRFC3339(t); !ok {
			return "format"
		}
	}
	return ""
}

func (s *schema) inEnum(v *codec.Value) bool {
	for i := range s.enum {
		if equalScalar(&s.enum[i], v) {
			return true
		}
	}
	return false
}

// scalarText is the text that selectors, tables and none compare.
func scalarText(v *codec.Value) string {
	switch v.Kind {
	case codec.Bool:
		if v.True {
			return "true"
		}
		return "false"
	case codec.String, codec.Number:
		return v.Text
	}
	return ""
}

func isScalar(v *codec.Value) bool {
	return v.Kind == codec.String || v.Kind == codec.Number || v.Kind == codec.Bool
}

func equalScalar(a, b *codec.Value) bool {
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case codec.Bool:
		return a.True == b.True
	case codec.Number:
		x, ok1 := parseDecimal(a.Text)
		y, ok2 := parseDecimal(b.Text)
		if ok1 && ok2 {
			return x.cmp(y) == 0
		}
		return a.Text == b.Text
	case codec.String:
		return a.Text == b.Text
	}
	return a.Kind == codec.Null
}

// typed writes a text as a scalar of the schema's type.
func (s *schema) typed(text string) (codec.Value, bool) {
	if s.types&tString != 0 {
		return codec.Str(text), true
	}
	if s.types&(tInteger|tNumber) != 0 && jsonNumber(text) {
		if s.types&tNumber != 0 || isInteger(text) {
			return codec.Num(text), true
		}
	}
	if s.types&tBool != 0 && (text == "true" || text == "false") {
		return codec.Value{Kind: codec.Bool, True: text == "true"}, true
	}
	return codec.Value{}, false
}

// readTyped reads a text of a codec that knows only text.
func (s *schema) readTyped(text string) (codec.Value, bool) {
	if s.types&tString != 0 {
		return codec.Str(text), true
	}
	if s.types&tBool != 0 {
		switch text {
		case "true", "1":
			return codec.Value{Kind: codec.Bool, True: true}, true
		case "false", "0":
			return codec.Value{Kind: codec.Bool}, true
		}
	}
	if s.types&tNumber != 0 {
		if d, ok := parseDecimal(text); ok {
			return codec.Num(d.String()), true
		}
	} else if s.types&tInteger != 0 {
		if d, ok := parseDecimal(text); ok && signDigits(text) {
			return codec.Num(d.String()), true
		}
	}
	return codec.Value{}, false
}

func signDigits(t string) bool {
	if t != "" && (t[0] == '-' || t[0] == '+') {
		t = t[1:]
	}
	return allDigits(t)
}

func allDigits(t string) bool {
	for i := 0; i < len(t); i++ {
		if t[i] < '0' || t[i] > '9' {
			return false
		}
	}
	return t != ""
}

// jsonNumber tells a text that JSON allows as a number.
func jsonNumber(t string) bool {
	i := 0
	if i < len(t) && t[i] == '-' {
		i++
	}
	start := i
	for i < len(t) && t[i] >= '0' && t[i] <= '9' {
		i++
	}
	if i == start || i-start > 1 && t[start] == '0' {
		return false
	}
	if i < len(t) && t[i] == '.' {
		i++
		start = i
		for i < len(t) && t[i] >= '0' && t[i] <= '9' {
			i++
		}
		if i == start {
			return false
		}
	}
	if i < len(t) && (t[i] == 'e' || t[i] == 'E') {
		_, err := strconv.Atoi(t[i+1:])
		return err == nil
	}
	return i == len(t)
}

// isInteger tells a number text without a fraction.
func isInteger(t string) bool {
	d, ok := parseDecimal(t)
	return ok && d.scale <= 0
}

func runes(s string) int {
	return utf8.RuneCountInString(s)
}
