package mapping

// perfect finds a name among names that are known beforehand, by one look: a
// multiplier is sought under which no two share a place. Where none is found a
// map serves.
type perfect struct {
	keys  []string
	slots []uint16 // 1 + the number of the key; 0: none
	mul   uint32
	shift uint8
	all   map[string]int
}

const (
	perfectTries = 4000
	perfectKeys  = 512
)

func newPerfect(keys []string) *perfect {
	p := &perfect{keys: keys}
	if len(keys) > perfectKeys || !p.seek() {
		p.slots, p.all = nil, make(map[string]int, len(keys))
		for i, k := range keys {
			p.all[k] = i
		}
	}
	return p
}

// seek tries multipliers on a table of two to eight times the names.
func (p *perfect) seek() bool {
	bits := uint8(3)
	for 1<<bits < 2*len(p.keys) {
		bits++
	}
	for wider := range uint8(3) {
		p.shift = 32 - bits - wider
		p.slots = make([]uint16, 1<<(bits+wider))
		p.mul = 0x9e3779b1
		for range perfectTries / max(1, len(p.keys)/8) {
			if p.place() {
				return true
			}
			p.mul = p.mul*1664525 + 1013904223 | 1
		}
	}
	return false
}

func (p *perfect) place() bool {
	clear(p.slots)
	for i, k := range p.keys {
		h := p.hash(k)
		if p.slots[h] != 0 {
			return false
		}
		p.slots[h] = uint16(i + 1)
	}
	return true
}

// hash mixes the length and four characters.
func (p *perfect) hash(s string) uint32 {
	n := len(s)
	if n == 0 {
		return 0
	}
	h := uint32(n)<<24 ^ uint32(s[0])<<16 ^ uint32(s[n/2])<<8 ^ uint32(s[n-1]) ^ uint32(s[n/4])<<20
	return h * p.mul >> p.shift
}

// find gives the number of a key; -1: it is none of them.
func (p *perfect) find(s string) int {
	if p.slots == nil {
		if i, ok := p.all[s]; ok {
			return i
		}
		return -1
	}
	if i := int(p.slots[p.hash(s)]) - 1; i >= 0 && p.keys[i] == s {
		return i
	}
	return -1
}
