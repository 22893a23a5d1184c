package schemas

import (
	"bytes"
	"slices"
)

// The dictionary's further checks, as check has them, on what a scan keeps.

// slot is where an object's frame keeps a text of its own.
type slot uint8

const (
	slotNone slot = iota
	slotFrom
	slotTo
	slotStart
	slotEnd
	slotSigned
	slotEffective
	slotIDType
	slotIDNumber
	slotBirthday
	slotCredit
	slotExpect
	slots
)

// frame is what one object's checks need of it.
type frame [slots]span

// checks are those that concern an object.
type checks uint8

const (
	checkOrder checks = 1 << iota
	checkPerson
	checkCredit
	checkExpect
)

// mark is what a text means beyond its object.
type mark uint8

const (
	markNone   mark = iota
	markListed      // tells an element of a list from others
	markNamed       // names a party
	markEdition
	markCode
	markFiled
	markDelegated
	markRegistered
	markEnd
)

// list is what a list's elements must not share.
type list uint8

const (
	listPlain   list = iota
	listApart        // no id stands twice
	listParties      // and they are who may be named
)

func (s *scan) note(m mark, at span) {
	switch m {
	case markListed:
		s.listed = append(s.listed, at)
	case markNamed:
		s.named = append(s.named, at)
	default:
		s.kept[m] = at
	}
}

func (s *scan) at(p span) []byte { return s.data[p.from:p.to] }

// set says that a text is there and not empty: an empty one says nothing.
func (p span) set() bool { return p.to > p.from }

// agrees applies the checks of an object to what its frame kept.
func (s *scan) agrees(m *members, kept *frame, seen uint64) bool {
	if m.checks&checkOrder != 0 &&
		!(s.ordered(kept[slotFrom], kept[slotTo]) && s.ordered(kept[slotStart], kept[slotEnd]) && s.ordered(kept[slotSigned], kept[slotEffective])) {
		return false
	}
	if m.checks&checkPerson != 0 && !s.person(kept) {
		return false
	}
	if m.checks&checkCredit != 0 && kept[slotCredit].set() && !creditCode(string(s.at(kept[slotCredit]))) {
		return false
	}
	return m.checks&checkExpect == 0 || seen&m.missing != 0 || string(s.at(kept[slotExpect])) != m.expect
}

// ordered says that the second surely is not before the first.
func (s *scan) ordered(first, second span) bool {
	if !first.set() || !second.set() {
		return true
	}
	a, b := s.at(first), s.at(second)
	if isDate(a) && isDate(b) {
		return bytes.Compare(a, b) <= 0
	}
	t, ok1 := ParseTime(string(a))
	u, ok2 := ParseTime(string(b))
	return ok1 && ok2 && !u.Before(t)
}

func (s *scan) person(kept *frame) bool {
	if !kept[slotIDNumber].set() || string(s.at(kept[slotIDType])) != "resident" {
		return true
	}
	n := s.at(kept[slotIDNumber])
	if !resident(string(n)) {
		return false
	}
	born := s.at(kept[slotBirthday])
	return len(born) == 0 || isDate(born) && string(born[:4]) == string(n[6:10]) && string(born[5:7]) == string(n[10:12]) && string(born[8:]) == string(n[12:14])
}

// apart says that no two ids of the list that began at open are equal. Sorted
// instead of remembered: that needs no memory, and parties are looked up in it.
func (s *scan) apart(l list, open int) bool {
	ids := s.listed[open:]
	slices.SortFunc(ids, s.compare)
	for i := 1; i < len(ids); i++ {
		if s.compare(ids[i-1], ids[i]) == 0 {
			return false
		}
	}
	if l == listParties {
		s.parties, s.had = append(s.parties, ids...), true
	}
	s.listed = s.listed[:open]
	return true
}

func (s *scan) compare(a, b span) int { return bytes.Compare(s.at(a), s.at(b)) }

// references says that who is named is a party, where the message has any.
func (s *scan) references() bool {
	if !s.had {
		return true
	}
	for _, n := range s.named {
		if _, there := slices.BinarySearchFunc(s.parties, n, s.compare); !there {
			return false
		}
	}
	return true
}

// cause says that the cause fits its edition and the edition its time.
func (s *scan) cause() bool {
	edition := s.kept[markEdition]
	if !edition.set() {
		return true
	}
	name := string(s.at(edition))
	if code := s.kept[markCode]; code.set() && !labourItem(name, string(s.at(code))) {
		return false
	}
	for _, m := range [...]mark{markFiled, markDelegated, markRegistered} {
		if !s.kept[m].set() {
			continue
		}
		t, ok := ParseTime(string(s.at(s.kept[m])))
		return ok && inForce(name, t)
	}
	return true
}

// telling says that a further check looks at members of that name. Where a schema
// does not fix what they are, the library is asked.
func telling(name []byte) bool {
	_, is := tellingNames[string(name)]
	return is
}

var tellingNames = map[string]bool{
	"from": true, "to": true, "startAt": true, "endAt": true, "signedAt": true, "effectiveAt": true,
	"idType": true, "idNumber": true, "birthday": true, "uscc": true, "forParty": true, "party": true, "representatives": true,
	"parties": true, "agents": true, "materials": true, "claims": true, "consents": true, "applicants": true, "items": true,
}
