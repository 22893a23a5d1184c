package mapping

// keyReader reads only the field of a local document that says whose it is.
type keyReader struct {
	r     *road
	op    *plainOp
	xref  *xrefOp
	konst string
}

func (c *compiler) keyReader(key string) *keyReader {
	if !c.f.direction.has(ToNational) {
		return nil
	}
	b := &builder{c, ToNational}
	for _, r := range c.top.rules {
		if !r.runs(ToNational) || r.bad || r.a(nat) == nil || r.a(nat).full != key {
			continue
		}
		k := &keyReader{r: c.road(ToNational)}
		switch r.shape {
		case "plain":
			switch o := b.plain(r, loc, nat).(type) {
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
	return nil
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
	if k.xref != nil {
		v, code := x.get(x.top, k.xref.src)
		if code != "" || k.xref.p.none(v) || !isScalar(v) {
			return "", false, false
		}
		t := scalarText(v)
		if k.xref.p.first != nil {
			t = k.xref.p.first.normal(t)
		}
		return t, true, true
	}
	v, code := x.get(x.top, k.op.src)
	if code != "" {
		return "", false, false
	}
	out, real, code := k.op.p.run(x, v)
	if code != "" || !real || !isScalar(&out) {
		return "", false, false
	}
	return scalarText(&out), false, true
}
