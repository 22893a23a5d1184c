package mapping

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// columnsSpec is a list written as numbered flat fields.
type columnsSpec struct {
	at       pos
	side     side // the flat one
	prefix   *path
	tmpl     string // last name, with {n} and perhaps {f}
	from, to int
	over     string // "", error, cut, join
	overAt   pos
	rest     *restSpec
	gap      string // "", error, keep
	raw      string
}

// restSpec is where over: {join: …} writes what has no column.
type restSpec struct {
	loc    *path
	sep    string
	fields []*path
}

// placeAt finds {n} or {n:2} in a template: its bounds and width.
func placeAt(t string) (start, end, width int, ok bool) {
	start = strings.Index(t, "{n")
	if start < 0 {
		return 0, 0, 0, false
	}
	rest := t[start+2:]
	close := strings.IndexByte(rest, '}')
	if close < 0 {
		return 0, 0, 0, false
	}
	if close == 0 {
		return start, start + 3, 0, true
	}
	if rest[0] != ':' {
		return 0, 0, 0, false
	}
	width, err := strconv.Atoi(rest[1:close])
	if err != nil || width < 1 || width > 9 {
		return 0, 0, 0, false
	}
	return start, start + 2 + close + 1, width, true
}

func hasPlace(t string) bool {
	_, _, _, ok := placeAt(t)
	return ok
}

// fillPlace writes the number n into a template.
func fillPlace(t string, n int) string {
	start, end, width, ok := placeAt(t)
	if !ok {
		return t
	}
	num := strconv.Itoa(n)
	if len(num) < width {
		num = strings.Repeat("0", width-len(num)) + num
	}
	return t[:start] + num + t[end:]
}

func parseColumns(p *parser, r *rule, n *yaml.Node) {
	f, ok := p.fields(n, "columns", "nat", "loc", "n", "over", "gap")
	if !ok {
		return
	}
	c := &columnsSpec{at: p.at(n), side: loc}
	tn := f["loc"]
	if v := f["nat"]; v != nil {
		c.side, tn = nat, v
	}
	if tn == nil || f["nat"] != nil && f["loc"] != nil {
		p.l.errorf(c.at, "syntax", "columns name one side's template under nat or loc")
		return
	}
	w, ok := p.word(tn, "the template")
	if !ok {
		return
	}
	if !hasPlace(w) {
		p.l.errorf(p.at(tn), "bad-value", "the template has no {n}")
		return
	}
	c.raw = w
	// What stands before the last point leads to the object with the columns.
	c.tmpl = w
	if i := strings.LastIndexByte(strings.Split(w, "{")[0], '.'); i >= 0 {
		x, err := parsePath(w[:i])
		if err != nil {
			p.l.errorf(p.at(tn), "syntax", "the template: %v", err)
			return
		}
		c.prefix, c.tmpl = x, w[i+1:]
	}
	if v := f["n"]; v != nil {
		w, _ := p.word(v, "n")
		a, b, found := strings.Cut(w, "..")
		x, err1 := strconv.Atoi(strings.TrimSpace(a))
		y, err2 := strconv.Atoi(strings.TrimSpace(b))
		if !found || err1 != nil || err2 != nil || x < 0 || y < x || y-x > 999 {
			p.l.errorf(p.at(v), "bad-value", "n is to be a range such as 1..5")
			return
		}
		c.from, c.to = x, y
	} else {
		p.l.errorf(c.at, "syntax", "columns need their range under n")
		return
	}
	if v := f["over"]; v != nil && !parseOver(p, c, v) {
		return
	}
	if v := f["gap"]; v != nil {
		c.gap, _ = p.word(v, "gap")
		if c.gap != "error" && c.gap != "keep" && c.gap != "close" {
			p.l.errorf(p.at(v), "bad-value", "gap is error or keep")
		}
	}
	r.columns = c
}

func parseOver(p *parser, c *columnsSpec, v *yaml.Node) bool {
	c.overAt = p.at(v)
	if v.Kind == yaml.ScalarNode {
		c.over = v.Value
		if c.over != "error" && c.over != "cut" {
			p.l.errorf(c.overAt, "bad-value", "over is error, cut or a join")
		}
		return true
	}
	f, ok := p.fields(v, "over", "join")
	if !ok || f["join"] == nil {
		return false
	}
	j, ok := p.fields(f["join"], "over.join", "loc", "nat", "sep", "each")
	if !ok {
		return false
	}
	rest := &restSpec{}
	target := j[c.side.String()]
	if target == nil || j["each"] == nil {
		p.l.errorf(c.overAt, "syntax", "over.join names its target and each")
		return false
	}
	rest.loc = p.path(target, "over.join")
	if s := j["sep"]; s != nil {
		rest.sep, _ = p.word(s, "sep")
	}
	if j["each"].Kind != yaml.SequenceNode {
		p.l.errorf(p.at(j["each"]), "syntax", "each is to be a list of fields")
		return false
	}
	for _, e := range j["each"].Content {
		if x := p.path(e, "each"); x != nil {
			rest.fields = append(rest.fields, x)
		}
	}
	c.over, c.rest = "join", rest
	return rest.loc != nil
}

// name gives the flat field of an inner path for element n.
func (c *columnsSpec) name(n int, inner string) string {
	return strings.ReplaceAll(fillPlace(c.tmpl, n), "{f}", inner)
}

// rename leads an inner path of element n to its flat field.
func (c *columnsSpec) rename(p *path, n int) *path {
	if p.abs || p.up > 0 {
		return p
	}
	out := &path{raw: p.raw, place: p.place, key: p.key}
	if p.place || p.key {
		return p
	}
	if c.prefix != nil {
		out.abs, out.up = c.prefix.abs, c.prefix.up
		out.steps = append(out.steps, c.prefix.steps...)
	}
	inner := ""
	rest := p.steps
	if !p.self && len(rest) > 0 {
		inner, rest = rest[0].name, rest[1:]
	}
	out.steps = append(out.steps, step{kind: stepField, name: c.name(n, inner)})
	out.steps = append(out.steps, rest...)
	out.raw = c.name(n, p.raw)
	if p.self {
		out.raw = c.name(n, "")
	}
	if c.prefix != nil {
		out.raw = joinPath(c.prefix.raw, out.raw)
	}
	return out
}
