package codec

import (
	"strings"
	"sync"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// gbTables hold GB18030 in both directions. The two-byte part that Unicode
// names comes from golang.org/x/text; its private-use part, which x/text
// neither reads nor writes correctly (it writes U+E766 and U+E76D to codes that
// read back as something else), is laid over it, and the four-byte part of the
// BMP follows from both: it numbers, in order, what two bytes do not hold.
type gbTables struct {
	two  [126 * 190]uint16 // by (lead-0x81, trail index): the rune, 0 for none
	four [bmpFour]uint16   // by linear four-byte number
	enc  [1 << 16]uint32   // by BMP rune: the code, two or four bytes big-endian; 0 for none
}

const (
	bmpFour  = 39420  // four-byte codes 0x81308130 to 0x8431A439
	astral   = 189000 // linear number of 0x90308130, which is U+10000
	maxFour  = astral + 0x100000
	twoTrail = 190
)

// gb builds the tables at first use, once, in about two milliseconds.
var gb = sync.OnceValue(buildGB)

func buildGB() *gbTables {
	t := new(gbTables)
	t.loadTwo()
	for _, z := range privateZones {
		r := z.first
		for hi := z.code >> 8; hi <= z.last>>8; hi++ {
			for lo := z.code & 0xff; lo <= z.last&0xff; lo++ {
				if lo != 0x7f {
					t.two[twoIndex(byte(hi), byte(lo))] = r
					r++
				}
			}
		}
	}
	for i, r := range t.two {
		if r != 0 {
			t.enc[r] = twoCode(i)
		}
	}
	n := 0
	for r := 0x80; r < 1<<16; r++ {
		if t.enc[r] == 0 && (r < 0xd800 || r > 0xdfff) {
			t.four[n] = uint16(r)
			t.enc[r] = fourCode(n)
			n++
		}
	}
	for _, m := range moved {
		i := twoIndex(byte(m.code>>8), byte(m.code))
		t.enc[t.two[i]] = 0
		t.two[i] = m.now
	}
	return t
}

// loadTwo asks x/text for every two-byte code, each on a line of its own: a
// line feed is no trail byte, so one bad code cannot swallow the next.
func (t *gbTables) loadTwo() {
	all := make([]byte, 0, 3*len(t.two))
	for i := range t.two {
		c := twoCode(i)
		all = append(all, byte(c>>8), byte(c), '\n')
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(all)
	if err != nil {
		return // a decoder that replaces never fails; were it to, every code would be refused
	}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		rs := []rune(line)
		if len(rs) == 1 && rs[0] != '\ufffd' && rs[0] < 1<<16 {
			t.two[i] = uint16(rs[0])
		}
	}
}

func twoIndex(hi, lo byte) int {
	i := int(lo) - 0x40
	if lo > 0x7f {
		i--
	}
	return int(hi-0x81)*twoTrail + i
}

func twoCode(i int) uint32 {
	lo := i%twoTrail + 0x40
	if lo >= 0x7f {
		lo++
	}
	return uint32(i/twoTrail+0x81)<<8 | uint32(lo)
}

func fourCode(n int) uint32 {
	return uint32(n/12600+0x81)<<24 | uint32(n/1260%10+0x30)<<16 | uint32(n/10%126+0x81)<<8 | uint32(n%10+0x30)
}

// inGBK says whether the code of r is in GBK as Python's gbk codec and the
// receivers' own systems have it: two bytes, nothing private, none of what only
// GB18030 added (the euro sign, ǹ, the ideographic description characters, row FE from FE50).
func inGBK(r rune, code uint32) bool {
	switch {
	case code > 0xffff || code == 0 || r >= 0xe000 && r <= 0xf8ff:
		return false
	case code == 0xa2e3 || code == 0xa8bf || code >= 0xa989 && code <= 0xa995 || code >= 0xfe50:
		return false
	}
	return true
}
