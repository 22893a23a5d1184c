package mapping

import (
	"time"
)

// bindMeaning makes a rule's meaning from its spec and the leaves it stands between.
func (c *compiler) bindMeaning(b *bound) {
	leaf := [2]*schema{b.leaf(nat), b.leaf(loc)}
	if b.shape == "part" {
		for s := nat; s <= loc; s++ {
			if b.a(s) == nil {
				leaf[s] = c.textSchema
			}
		}
	}
	if b.shape == "computed" {
		for s := nat; s <= loc; s++ {
			if b.a(s) == nil {
				leaf[s] = c.textSchema
			}
		}
	}
	switch b.meaning {
	case "convert":
		if b.convert != nil {
			b.mean = newConvertMeaning(b.convert, leaf)
		}
	case "number":
		if b.number != nil {
			b.mean = newNumberMeaning(b.number, leaf, b.lossy)
		}
	case "time":
		if b.time != nil {
			if m := c.newTimeMeaning(b, leaf); m != nil {
				b.mean = m
			}
		}
	case "codes":
		if b.codes != nil {
			if t := c.tables.get(b.codes.table, b.codes.at); t != nil {
				b.table = t
				b.mean = &codesMeaning{spec: b.codes, table: t, leaf: leaf}
			}
		}
	case "xref":
		if b.xref != "" && !c.xrefKnown(b.xref) {
			c.l.about(sevError, b.keyAt("xref"), "xref-unknown", b, hintNearest(b.xref, c.xrefNames()), "%s is no kind of id", b.xref)
			b.bad = true
		}
	}
	if b.meaning != "" && b.meaning != "xref" && b.mean == nil {
		b.bad = true
	}
}

func zoneOf(name string) (*time.Location, error) {
	if name == defaultZone {
		return shanghai(), nil
	}
	return time.LoadLocation(name)
}

// newTimeMeaning reads the forms; nil after findings.
func (c *compiler) newTimeMeaning(b *bound, leaf [2]*schema) *timeMeaning {
	m := &timeMeaning{leaf: leaf}
	zone := defaultZone
	ok := true
	if z := b.time.zone; z != nil {
		zone = z.text
		if zone == "source" {
			m.keepZone, zone = true, defaultZone
		}
	}
	var err error
	if m.zone, err = zoneOf(zone); err != nil || zone == "" || zone == "Local" {
		c.l.about(sevError, b.time.zone.at, "bad-value", b, "", "%s is no time zone", zone)
		return nil
	}
	read := func(s *scalar) *timeForm {
		f, err := parseForm(s.text)
		if err != nil {
			c.l.about(sevError, s.at, "time-bad-pattern", b, "", "the pattern %s: %v", s.text, err)
			ok = false
		}
		return f
	}
	for s := nat; s <= loc; s++ {
		switch {
		case b.time.form[s] != nil:
			m.form[s] = read(b.time.form[s])
		case b.shape == "computed" && b.a(s) == nil:
			m.form[s] = &timeForm{raw: "rfc3339", kind: formRFC3339}
		default:
			raw := map[string]string{"date-time": "rfc3339", "date": "date"}[leaf[s].format]
			if raw == "" {
				if s == nat || leaf[s].types == tAny || leaf[s].types&tString != 0 {
					raw = "rfc3339"
				}
				if s == loc && leaf[s].format == "" {
					c.l.about(sevError, b.time.at, "time-bad-pattern", b, "", "the %s side has no format: name its pattern", s)
					return nil
				}
			}
			m.form[s] = read(&scalar{text: raw, at: b.time.at})
		}
		for i := range b.time.also[s] {
			m.also[s] = append(m.also[s], read(&b.time.also[s][i]))
		}
	}
	if !ok {
		return nil
	}
	return m
}
