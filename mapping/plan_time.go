package mapping

// shuffle translates between two forms of fixed length by moving digits: dates
// as they stand, moments where Shanghai is eight hours ahead. It declines
// whatever else there is, errors too.
type shuffle struct {
	length   int
	literals []literalAt
	from     [6]int // of year, month, …, second in what is read; -1: lacking
	to       [6]int // in what is written
	write    string // with what the form lacks filled in
	absolute bool   // one side names the offset, which must be Shanghai's
	judged   bool   // the target's schema allows whatever is written
}

type literalAt struct {
	at int
	b  byte
}

// newShuffle gives nil where the forms are not of that kind.
func newShuffle(m *timeMeaning, from, to *timeForm, dst *schema) *shuffle {
	if m.zone != shanghai() {
		return nil
	}
	s := &shuffle{absolute: from.absolute() || to.absolute()}
	read, ok1 := formLayout(from, &s.from)
	write, ok2 := formLayout(to, &s.to)
	if !ok1 || !ok2 {
		return nil
	}
	s.length, s.write = len(read), write
	for i := range read {
		if read[i] != 0 {
			s.literals = append(s.literals, literalAt{i, read[i]})
		}
	}
	s.judged = len(write) >= dst.minLen && (dst.maxLen < 0 || len(write) <= dst.maxLen)
	if q := dst.pattern; q != nil && (q.quick() == nil || !q.quick().always(write)) {
		s.judged = false
	}
	switch dst.format {
	case "date":
		s.judged = s.judged && to.kind == formDate
	case "date-time":
		s.judged = s.judged && to.kind == formRFC3339
	}
	return s
}

// formLayout writes a form with 0 for each digit and notes where its units begin.
func formLayout(f *timeForm, at *[6]int) (string, bool) {
	*at = [6]int{-1, -1, -1, -1, -1, -1}
	if f.kind == formRFC3339 {
		*at = [6]int{0, 5, 8, 11, 14, 17}
		return "\x00\x00\x00\x00-\x00\x00-\x00\x00T\x00\x00:\x00\x00:\x00\x00+08:00", true
	}
	if f.kind != formDate && f.kind != formPattern || f.short || f.noYear() {
		return "", false
	}
	var b []byte
	for _, tok := range f.tokens {
		switch {
		case tok.unit == 0:
			for i := 0; i < len(tok.literal); i++ {
				if c := tok.literal[i]; c < 0x20 || c >= 0x80 || c == '"' || c == '\\' {
					return "", false
				}
			}
			b = append(b, tok.literal...)
		case tok.min != tok.max || tok.unit > unitSecond:
			return "", false
		default:
			at[tok.unit-1] = len(b)
			b = append(b, make([]byte, tok.max)...)
		}
	}
	return string(b), true
}

var lacking = [6]int{0, 1, 1, 0, 0, 0}

// append writes what t says in the other form; ok is false where the slow road
// is to say.
func (s *shuffle) append(b []byte, t string) (out []byte, ok bool) {
	if len(t) != s.length {
		return b, false
	}
	for _, l := range s.literals {
		if t[l.at] != l.b {
			return b, false
		}
	}
	var v [6]int
	for i, at := range s.from {
		if at < 0 {
			v[i] = lacking[i]
			continue
		}
		a, c := t[at]-'0', t[at+1]-'0'
		if a > 9 || c > 9 {
			return b, false
		}
		v[i] = int(a)*10 + int(c)
		if i == 0 {
			if a, c = t[at+2]-'0', t[at+3]-'0'; a > 9 || c > 9 {
				return b, false
			}
			v[0] = v[0]*100 + int(a)*10 + int(c)
		}
	}
	if s.absolute && v[0] < steady {
		return b, false
	}
	c := civil{year: v[0], month: v[1], day: v[2], hour: v[3], minute: v[4], second: v[5]}
	if !c.valid() {
		return b, false
	}
	start := len(b)
	b = append(b, s.write...)
	text := b[start:]
	for i, at := range s.to {
		switch {
		case at < 0:
		case i == 0:
			text[at], text[at+1] = byte('0'+v[0]/1000), byte('0'+v[0]/100%10)
			text[at+2], text[at+3] = byte('0'+v[0]/10%10), byte('0'+v[0]%10)
		default:
			text[at], text[at+1] = byte('0'+v[i]/10), byte('0'+v[i]%10)
		}
	}
	return b, true
}

// always tells whether the table accepts every text of a layout, whose 0 bytes
// stand for any digit.
func (q *states) always(layout string) bool {
	at := map[uint8]bool{1: true}
	for i := range len(layout) {
		next := map[uint8]bool{}
		for s := range at {
			if q.sure[s] {
				next[s] = true
				continue
			}
			first, last := layout[i], layout[i]
			if first == 0 {
				first, last = '0', '9'
			}
			for c := first; c <= last; c++ {
				next[q.next[s][c]] = true
			}
		}
		at = next
	}
	for s := range at {
		if !q.sure[s] && !q.last[s] {
			return false
		}
	}
	return true
}
