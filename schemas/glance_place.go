package schemas

// place is where in a message a schema stands. What the further checks make of a
// field follows from that and from how it is called, as in check.
type place struct {
	typ, path string // the message type; the members' names from the top, joined by dots
	field     string // the member's name; of a list's elements the list's
	element   bool   // it is an element of a list
	in        string // the field of the object that it is a member of
	inElement bool   // and that object is an element of a list
	quiet     bool   // within ext, where the further checks look at nothing
	parties   bool   // the message's type has parties, so that they can be named
	depth     int
}

// member is the place of a member of the object that stands here.
func (p place) member(name string) place {
	p.in, p.inElement = p.field, p.element
	p.field, p.element = name, false
	if p.path != "" {
		p.path += "."
	}
	p.path += name
	p.quiet = p.quiet || name == "ext"
	return p
}

// identifier is the member that tells the elements of a list apart; "" for a
// list whose elements may be alike.
func identifier(list string) string {
	switch list {
	case "parties", "agents", "materials":
		return "id"
	case "claims":
		return "no"
	}
	return ""
}

// nameOfParty is the member that names a party in an object of a field.
func nameOfParty(field string) string {
	if field == "consents" || field == "applicants" || field == "items" {
		return "party"
	}
	return "forParty"
}

// mark is what a text here means beyond its object.
func (p place) mark() mark {
	switch {
	case p.quiet:
		return markNone
	case p.element:
		if p.parties && p.field == "representatives" {
			return markNamed
		}
		return markNone
	case p.parties && p.field == nameOfParty(p.in):
		return markNamed
	case p.inElement && p.field == identifier(p.in):
		return markListed
	}
	switch p.path {
	case "cause.edition":
		return markEdition
	case "cause.code":
		return markCode
	case "filedAt":
		return markFiled
	case "delegatedAt":
		return markDelegated
	case "registeredAt":
		return markRegistered
	}
	return markNone
}

// slot is where the frame of its object keeps a text from here.
func (p place) slot() slot {
	if p.quiet || p.element {
		return slotNone
	}
	if e, there := expectations[p.typ]; there && p.path == e.path(e.field) {
		return slotExpect
	}
	return slotOf[p.field]
}

var slotOf = map[string]slot{
	"from": slotFrom, "to": slotTo, "startAt": slotStart, "endAt": slotEnd, "signedAt": slotSigned, "effectiveAt": slotEffective,
	"idType": slotIDType, "idNumber": slotIDNumber, "birthday": slotBirthday, "uscc": slotCredit,
}

// check finds which checks an object at a place can need.
func (m *members) check(at place) {
	var has [slots]bool
	for _, f := range m.all {
		has[f.slot] = true
	}
	if has[slotFrom] && has[slotTo] || has[slotStart] && has[slotEnd] || has[slotSigned] && has[slotEffective] {
		m.checks |= checkOrder
	}
	if has[slotIDType] && has[slotIDNumber] {
		m.checks |= checkPerson
	}
	if has[slotCredit] {
		m.checks |= checkCredit
	}
	if has[slotExpect] {
		m.checks |= checkExpect
		m.expect = expectations[at.typ].value
		if i := m.find([]byte(expectations[at.typ].member)); i >= 0 {
			m.missing = 1 << i
		}
	}
}
