package mapping

import (
	"sort"
	"strings"

	"duijie/internal/codec"
)

// checkCodes compares a rule with its table.
func (c *compiler) checkCodes(b *bound, m *codesMeaning) {
	t := m.table
	if c.tables.used[t.name] == nil {
		c.tables.used[t.name] = map[*bound]bool{}
	}
	c.tables.used[t.name][b] = true
	for s := nat; s <= loc; s++ {
		want := max(len(b.acc[s]), 1)
		if m.spec.column != "" && s == loc {
			continue
		}
		if t.width[s] != want {
			c.l.about(sevError, b.keyAt(s.String(), "codes"), "bad-value", b, "", "the table has %s, the rule names %s", howMany(t.width[s], s.String()+" column"), howMany(want, "path"))
			return
		}
	}
	if m.spec.column != "" && !contains(t.extras, m.spec.column) && m.spec.column != "name" {
		c.l.about(sevError, m.spec.at, "bad-value", b, hintNearest(m.spec.column, t.extras), "the table has no column %s", m.spec.column)
		return
	}
	c.checkUnknown(b, m)
	var missing []string
	for _, d := range directions {
		if c.runs(b, d) {
			missing = append(missing, c.missing(b, m, d)...)
			c.checkRows(b, m, d)
		}
	}
	if len(missing) > 0 {
		c.l.about(sevError, b.keyAt("codes"), "codes-missing", b, "a row, or unknown", "the table %s lacks %s", t.name, strings.Join(missing, ", "))
	}
}

// missing are the values of the source's enum that a table lacks.
func (c *compiler) missing(b *bound, m *codesMeaning, d Direction) (missing []string) {
	from, to := source(d), source(d).other()
	if len(b.acc[from]) != 1 || !b.leaf(from).isEnum || m.spec.unknown[to] != nil {
		return nil
	}
	for _, v := range enumTexts(b.leaf(from)) {
		if m.table.find(d, []string{v}, "") == nil && !b.noneText(c, from, d, v) {
			missing = append(missing, v)
		}
	}
	return missing
}

// checkUnknown looks at what is written for codes that the table lacks.
func (c *compiler) checkUnknown(b *bound, m *codesMeaning) {
	for _, d := range directions {
		to := source(d).other()
		u := m.spec.unknown[to]
		if u == nil || !c.runs(b, d) {
			continue
		}
		leaf := b.acc[to][len(b.acc[to])-1].leaf
		c.yamlScalar(b, u, leaf)
		if !c.fits(u, leaf) {
			c.l.about(sevError, u.at, "type-clash", b, hintNearest(u.text, enumTexts(leaf)), "the schema does not allow the code for unknown ones")
		}
		if to == loc {
			c.unspoken(b, u.text, u.at)
		}
		if !b.loses(d) && b.raw_ == nil && !c.complete(b, m, d) {
			c.l.about(sevError, u.at, "undeclared-loss", b, "lossy: "+string(d)+" with why, or raw", "codes that the table lacks become one")
		}
	}
}

// fits tells a scalar of a mapping file that a schema allows.
func (c *compiler) fits(x *scalar, leaf *schema) bool {
	v, ok := leaf.typed(x.text)
	return ok && leaf.violates(&v) == ""
}

// complete tells a table that has every value of the source's enum.
func (c *compiler) complete(b *bound, m *codesMeaning, d Direction) bool {
	from := source(d)
	leaf := b.leaf(from)
	if len(b.acc[from]) != 1 || !leaf.isEnum {
		return false
	}
	for _, v := range enumTexts(leaf) {
		if m.table.find(d, []string{v}, "") == nil && !b.noneText(c, from, d, v) {
			return false
		}
	}
	return true
}

func (c *compiler) checkRows(b *bound, m *codesMeaning, d Direction) {
	to := source(d).other()
	where := b.keyAt("codes")
	merged := ""
	for _, r := range m.table.rows {
		if r.runs(d) && r.dir != "" && merged == "" && !c.tables.doubled(m.table, r) {
			merged = itoa(r.at.line)
		}
		if !r.runs(d) || r.wild(to) {
			continue
		}
		c.checkImage(b, m, d, r)
	}
	if merged != "" && !b.loses(d) && b.raw_ == nil && m.spec.column == "" {
		c.l.about(sevError, where, "codes-merge", b, "lossy: "+string(d)+" with why, or raw", "line %s of the table merges codes %s", merged, d)
	}
	if merged == "" || b.loses(d) || b.raw_ != nil {
		c.checkReturn(b, m, d)
	}
	if merged == "" && b.loses(d) && m.spec.column == "" && (m.spec.unknown[to] == nil || c.complete(b, m, d)) && !c.tableMerges(m.table, d) {
		c.needless(b, d)
	}
	if m.spec.column != "" && !b.loses(d) && c.columnMerges(m) {
		c.l.about(sevError, where, "codes-merge", b, "lossy: "+string(d)+" with why", "the column %s gives one value for several codes", m.spec.column)
	}
}

// checkReturn finds what a rule of both directions writes and the table cannot read.
func (c *compiler) checkReturn(b *bound, m *codesMeaning, d Direction) {
	from, to := source(d), source(d).other()
	if !c.runs(b, opposite(d)) || m.spec.column != "" || m.spec.unknown[from] != nil || b.raw_ != nil && from == loc {
		return
	}
	for _, r := range m.table.rows {
		if r.runs(d) && !r.wild(to) && !contains(r.cells[to], "") && m.table.find(opposite(d), r.cells[to], "") == nil {
			c.l.about(sevError, b.keyAt("codes"), "codes-merge", b, "a row for it without dir", "line %d of the table writes %s, which no row reads %s", r.at.line, strings.Join(r.cells[to], " "), opposite(d))
			return
		}
	}
	if u := m.spec.unknown[to]; u != nil && len(b.acc[to]) == 1 && c.fits(u, b.leaf(to)) && !c.complete(b, m, d) && m.table.find(opposite(d), []string{u.text}, "") == nil && !b.noneText(c, to, opposite(d), u.text) {
		c.l.about(sevError, u.at, "codes-missing", b, "a row for it, or unknown."+from.String(), "the table %s has no row that reads the code for unknown ones %s", m.table.name, opposite(d))
	}
}

func (b *bound) noneText(c *compiler, s side, d Direction, text string) bool {
	v := codec.Str(text)
	for _, t := range c.noneOf(b, s, d) {
		if t.matches(&v) {
			return true
		}
	}
	return false
}

// tableMerges tells a table that gives one image for two keys, by * rows.
func (c *compiler) tableMerges(t *codeTable, d Direction) bool {
	for _, r := range t.rows {
		if r.runs(d) && r.wild(source(d)) {
			return true
		}
	}
	return false
}

func (c *compiler) columnMerges(m *codesMeaning) bool {
	seen := map[string]string{}
	for _, r := range m.table.rows {
		if !r.runs(ToLocal) {
			continue
		}
		v, code := r.extra[m.spec.column], strings.Join(r.cells[nat], cellSep)
		if was, ok := seen[v]; ok && was != code {
			return true
		}
		seen[v] = code
	}
	return false
}

// checkImage asks whether a row's image can stand in its target.
func (c *compiler) checkImage(b *bound, m *codesMeaning, d Direction, r *codeRow) {
	to := source(d).other()
	cells := r.cells[to]
	if to == loc && m.spec.column != "" {
		cells = []string{r.extra[m.spec.column]}
	}
	for i, a := range b.acc[to] {
		if i >= len(cells) || cells[i] == "" {
			continue
		}
		if to == loc {
			c.unspoken(b, cells[i], r.at)
		}
		v, ok := a.leaf.typed(cells[i])
		what := ""
		if ok {
			what = a.leaf.violates(&v)
		}
		switch {
		case !ok || what == "type" || what == "maxLength" || what == "minLength" || what == "minimum" || what == "maximum" || what == "format":
			c.l.about(sevError, r.at, "type-clash", b, "", "the schema of %s does not allow this code", a.shown)
		case what == "enum":
			// codes-unknown: told once for all rules of the table.
		case c.runs(b, opposite(d)) && b.noneText(c, to, d, cells[i]):
			c.l.about(sevError, b.noneAt(to, r.at), "none-collides", b, "", "the code is a spelling of no value of %s", a.shown)
		}
	}
}

// checkTables looks at each table by itself and, where the whole pack was
// compiled, at all rules that use it.
func (p *pack) checkTables(whole bool) {
	var names []string
	for n, t := range p.tables.made {
		if t != nil {
			names = append(names, n)
		}
	}
	sort.Strings(names)
	for _, n := range names {
		t, before := p.tables.made[n], p.l.errors
		for _, d := range directions {
			p.checkInjective(t, d)
		}
		if whole {
			p.checkStrangers(t)
		}
		p.checkWidth(t)
		t.broken = t.broken || p.l.errors > before
	}
}

// noneAt is where a rule names its own spellings of no value, else another place.
func (b *bound) noneAt(s side, or pos) pos {
	if b.none[s] == nil {
		return or
	}
	return b.keyAt("none")
}

// doubled tells a row that answers what another answers: told of the table itself.
func (t *codeTables) doubled(table *codeTable, r *codeRow) bool {
	for _, d := range directions {
		for _, o := range table.rows {
			if o.at.line < r.at.line && o.runs(d) && r.runs(d) && !r.wild(source(d)) && o.overlaps(r) &&
				strings.Join(o.cells[source(d)], cellSep) == strings.Join(r.cells[source(d)], cellSep) {
				return true
			}
		}
	}
	return false
}

// checkInjective finds two rows that answer one key.
func (p *pack) checkInjective(t *codeTable, d Direction) {
	from, to := source(d), source(d).other()
	for i, r := range t.rows {
		if !r.runs(d) || r.wild(to) {
			continue
		}
		var before *codeRow
		for _, o := range t.rows[:i] {
			if !o.runs(d) || o.wild(to) {
				continue
			}
			same := strings.Join(o.cells[from], cellSep) == strings.Join(r.cells[from], cellSep)
			shadow := r.wild(from) && o.wild(from) && fits(o.cells[from], r.cells[from])
			if !same && !shadow {
				continue
			}
			before = o
			f := Finding{Severity: sevError, Code: "codes-not-injective", Message: "this and line " + itoa(o.at.line) + " answer one " + from.String() + " code " + string(d)}
			switch {
			case !r.overlaps(o):
				continue
			case r.from != "" || r.until != "" || o.from != "" || o.until != "":
				f = Finding{Severity: sevWarning, Code: "codes-stale", Message: "this and line " + itoa(o.at.line) + " are in force at one time"}
			case !same || strings.Join(o.cells[to], cellSep) == strings.Join(r.cells[to], cellSep):
				f = Finding{Severity: sevWarning, Code: "codes-unused", Message: "line " + itoa(o.at.line) + " answers first"}
			}
			p.l.add(f, r.at)
			break
		}
		if before != nil && before.until != "" && r.from != "" && nextDay(before.until) < r.from {
			p.l.add(Finding{Severity: sevWarning, Code: "codes-stale", Message: "between line " + itoa(before.at.line) + " and this no row is in force"}, r.at)
		}
	}
}

func nextDay(date string) string {
	f := timeForm{kind: formDate, tokens: datePattern}
	c, ok := f.parse(date)
	if !ok {
		return date
	}
	t, _ := c.place(shanghai())
	return civilOf(shanghaiNoon(t).AddDate(0, 0, 1)).date()
}

// checkStrangers finds values that are in the enum of no rule.
func (p *pack) checkStrangers(t *codeTable) {
	users := p.tables.used[t.name]
	if len(users) == 0 {
		return
	}
	for s := nat; s <= loc; s++ {
		for i := 0; i < t.width[s]; i++ {
			known := map[string]bool{}
			closed := true
			for b := range users {
				if s == loc && b.codes.column != "" {
					continue
				}
				if i >= len(b.acc[s]) || !b.acc[s][i].leaf.isEnum {
					closed = false
					break
				}
				for _, v := range enumTexts(b.acc[s][i].leaf) {
					known[v] = true
				}
			}
			if !closed || len(known) == 0 {
				continue
			}
			for _, r := range t.rows {
				if v := r.cells[s][i]; v != "" && v != "*" && !known[v] {
					var all []string
					for k := range known {
						all = append(all, k)
					}
					sort.Strings(all)
					p.l.add(Finding{Severity: sevError, Code: "codes-unknown", Message: "no rule's field can be " + v, Hint: hintNearest(v, all)}, r.at)
				}
			}
		}
	}
}

// checkWidth warns of digit codes that have lost a leading zero.
func (p *pack) checkWidth(t *codeTable) {
	for s := nat; s <= loc; s++ {
		for i := 0; i < t.width[s]; i++ {
			width, same := map[int]int{}, true
			for _, r := range t.rows {
				if v := r.cells[s][i]; v != "" && v != "*" {
					same = same && allDigits(v)
					width[len(v)]++
				}
			}
			if !same || len(width) < 2 {
				continue
			}
			usual, most := 0, 0
			for w, n := range width {
				if n > most || n == most && w > usual {
					usual, most = w, n
				}
			}
			for _, r := range t.rows {
				if v := r.cells[s][i]; v != "" && v != "*" && len(v) != usual {
					p.l.add(Finding{Severity: sevWarning, Code: "codes-width", Message: "the digit codes of " + s.String() + " have unequal lengths"}, r.at)
					break
				}
			}
		}
	}
}
