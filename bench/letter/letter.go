// Package letter writes the messages that are measured, everything in them invented.
package letter

import (
	"bytes"
	"fmt"
	"strings"
)

// Letter is a delegated case to one unit, into which a number is written again
// and again, so that a large one costs its sender no more than a copy.
type Letter struct {
	text []byte
	at   []int // where the number stands
}

// place is where the number will stand: as many digits as every number has.
const place = "{{number}}"

// Sizes of letters, about.
const (
	Small = 2_000
	Large = 200_000
)

// New writes a letter of at least so many bytes: one applicant and some facts in
// a small one, as many applicants as it takes in a large one.
func New(unit string, size int) *Letter {
	l := &Letter{text: []byte(delegated(unit, size))}
	for from := 0; ; {
		i := bytes.Index(l.text[from:], []byte(place))
		if i < 0 {
			return l
		}
		l.at = append(l.at, from+i)
		from += i + len(place)
	}
}

func delegated(unit string, size int) string {
	facts := strings.Repeat("申请人于某年某月入职，被申请人拖欠工资。", 25)
	var parties strings.Builder
	for i := 1; i == 1 || parties.Len()+2000 < size; i++ {
		fmt.Fprintf(&parties, `{"id":"p%d","role":"applicant","kind":"person","name":"虚构甲","phone":"13800000000","address":{"region":"510104","detail":"某路1号"}},`, i)
	}
	return fmt.Sprintf(`{"specversion":"1.0","id":"b-%[1]s","source":"urn:bench","type":"case.delegated","subject":"B%[1]s","time":"2026-11-20T09:00:00+08:00","unit":"%[2]s",`+
		`"data":{"caseNo":"B%[1]s","delegation":"pre","court":{"code":"C1","name":"某区人民法院"},"cause":{"code":"209","edition":"2026","name":"追索劳动报酬纠纷"},"category":"wage",`+
		`"delegatedAt":"2026-11-20T09:00:00+08:00","consentAt":"2026-11-19T09:00:00+08:00","parties":[%[3]s{"id":"r1","role":"respondent","kind":"org","name":"虚构公司"}],`+
		`"claims":[{"no":1,"type":"wage","text":"支付工资","amount":"12000.50"}],"facts":"%[4]s","amount":"12000.50"}}`, place, unit, parties.String(), facts)
}

// Write is the letter with its number, a fresh slice each time. It may be called
// by many goroutines.
func (l *Letter) Write(n uint64) []byte {
	out := bytes.Clone(l.text)
	digits := fmt.Appendf(make([]byte, 0, len(place)), "%0*d", len(place), n)
	for _, at := range l.at {
		copy(out[at:], digits)
	}
	return out
}

// Number reads the number out of what a receiver was sent: of the case's number
// behind a key; false: it is not there.
func Number(body []byte, key string) (n uint64, ok bool) {
	_, rest, ok := bytes.Cut(body, []byte(`"`+key+`":"B`))
	if !ok || len(rest) < len(place) {
		return 0, false
	}
	for _, c := range rest[:len(place)] {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, true
}
