package mapping

import "slices"

// keyReader reads only the field of a local document that says whose it is.
type keyReader struct {
	r     *road
	op    *plainOp
	xref  *xrefOp
	konst string
	via   []*access // groups on the way
}

func (c *compiler) keyReader(key string) *keyReader {
	if !c.f.direction.has(ToNational) {
		return nil
	}
	r, via := c.keyRule(c.top, key, nil)
	if r == nil {
		return nil
	}
	k := &keyReader{r: c.road(ToNational), via: via}
	switch r.shape {
	case "plain":
		switch o := (&builder{c, ToNational}).plain(r, loc, nat).(type) {
		case *plainOp:
			k.op = o
		case *xrefOp:
			k.xref = o
		default:
			return nil
		}
	case "const":
		k.konst = r.constant.text
	default:
		return nil
	}
	return k
}

// keyRule finds the rule that writes the national key, and the groups on the way to it.
func (c *compiler) keyRule(sc *scope, key string, via []*access) (*bound, []*access) {
	for _, r := range sc.rules {
		a := r.a(nat)
		if r.bad || a == nil || r.shape == "drop" || !r.runs(ToNational) {
			continue
		}
		if _, many := a.list(); r.shape == "each" && !many {
			if found, way := c.keyRule(r.sub, key, append(slices.Clone(via), r.a(loc))); found != nil {
				return found, way
			}
			continue
		}
		if a.full == key {
			return r, via
		}
	}
	return nil, nil
}

// CaseKey tells, before any translation, which case a local document belongs
// to: the value of the field that becomes the national key. isLocal says that
// it is the local system's id, to be looked up; ok is false where the document
// does not say.
func (p *Program) CaseKey(local []byte) (id string, isLocal, ok bool) {
	k := p.key
	if k == nil {
		return "", false, false
	}
	if k.konst != "" {
		return k.konst, false, true
	}
	doc, err := k.r.decode(local)
	if err != nil {
		return "", false, false
	}
	x := k.r.exec(nil)
	x.top = &frame{src: &doc, dst: &node{s: anything()}}
	f := x.top
	for _, a := range k.via {
		v, code := x.get(f, a)
		if code != "" {
			return "", false, false
		}
		f = &frame{up: f, src: v, list: a}
	}
	if k.xref != nil {
		v, code := x.get(f, k.xref.src)
		if code != "" || k.xref.p.none(v) || !isScalar(v) {
			return "", false, false
		}
		t := scalarText(v)
		if k.xref.p.first != nil {
			t = k.xref.p.first.normal(t)
		}
		return t, true, true
	}
	v, code := x.get(f, k.op.src)
	if code != "" {
		return "", false, false
	}
	out, real, code := k.op.p.run(x, v)
	if code != "" || !real || !isScalar(&out) {
		return "", false, false
	}
	return scalarText(&out), false, true
}
