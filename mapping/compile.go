package mapping

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"

	"duijie/internal/codec"
)

type valueT = codec.Value

func itoa(n int) string { return strconv.Itoa(n) }

// compiler turns one file into a program.
type compiler struct {
	*pack
	f           *file
	docSchema   [2]*schema
	placeSchema *schema
	textSchema  *schema
	top         *scope
	bounds      int               // rules bound so far
	writers     map[string]*bound // by target path without indices, both directions
	excused     map[Direction]map[string]bool
}

// compile joins a file with its schemas, checks it and makes its program; nil after errors.
func (p *pack) compile(f *file) (*compiler, *Program) {
	c := &compiler{pack: p, f: f, writers: map[string]*bound{}, excused: map[Direction]map[string]bool{ToLocal: {}, ToNational: {}}}
	c.textSchema = anything()
	c.textSchema.types = tString
	c.placeSchema = anything()
	c.placeSchema.types = tInteger
	before := p.l.errors
	way := ""
	if p.src.Way != nil {
		way = p.src.Way(f.typ)
	}
	if !f.declared {
		f.direction = map[string]roads{"D": roadLocal, "U": roadNational}[way]
		if f.direction == 0 {
			f.direction = roadsBoth
		}
	}
	n, err := p.profile.load(f.typ + ".json")
	if err != nil {
		where := pos{f.name, 1, 1}
		if v := f.keys["mapping"]; v != nil {
			where = at(f.name, v)
		}
		if errors.Is(err, fs.ErrNotExist) {
			p.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "the profile has no message type " + f.typ, Hint: hintNearest(f.typ, p.typeNames())}, where)
		} else {
			p.l.errorf(where, "no-such-file", "%v", err)
		}
		return c, nil
	}
	c.docSchema[nat] = n
	l, ok := p.localSchema(f.local, f.localAt)
	if !ok {
		return c, nil
	}
	c.docSchema[loc] = l
	c.top = &scope{at: f.rulesAt, flat: -1}
	c.top.sch = c.docSchema
	if f.root != nil {
		root := f.root
		c.top.shown[loc] = ""
		c.top.rename[loc] = func(p *path) *path {
			out := *p
			out.self = false
			out.steps = append(slices.Clone(root.steps), p.steps...)
			out.raw = joinPath(root.raw, p.raw)
			return &out
		}
		probe := &bound{rule: &rule{file: f.name, at: f.rulesAt}, sc: c.top}
		where := at(f.name, f.keys["root"])
		told := p.l.errors
		if c.access(probe, &scope{sch: c.docSchema}, loc, root, where) == nil || p.l.errors > told {
			c.top = nil
			return c, nil
		}
	}
	c.bindScope(c.top, f.rules)
	c.check(way)
	if f.broken || p.l.errors > before {
		return c, nil
	}
	return c, c.program()
}
