package mapping

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
)

// codeRow is one line of a code table.
type codeRow struct {
	cells       [2][]string
	extra       map[string]string
	dir         string // "", ">", "<"
	from, until string
	at          pos
}

func (r *codeRow) runs(d Direction) bool {
	return r.dir == "" || r.dir == ">" && d == ToLocal || r.dir == "<" && d == ToNational
}

// inForce compares with a date; an empty date is inside every range.
func (r *codeRow) inForce(date string) bool {
	return date == "" || (r.from == "" || r.from <= date) && (r.until == "" || date <= r.until)
}

// wild tells a row that fits any value somewhere on a side.
func (r *codeRow) wild(s side) bool { return contains(r.cells[s], "*") }

func (r *codeRow) overlaps(o *codeRow) bool {
	return (r.until == "" || o.from == "" || o.from <= r.until) && (o.until == "" || r.from == "" || r.from <= o.until)
}

// codeTable is codes/NAME.csv.
type codeTable struct {
	name   string
	file   string
	at     pos
	width  [2]int
	rows   []*codeRow
	extras []string
	index  [2]map[string][]*codeRow
	dated  bool
	broken bool // it has an error
}

const cellSep = "\x00"

// codeTables reads each table once.
type codeTables struct {
	l    *lint
	fs   fs.FS
	made map[string]*codeTable
	used map[string]map[*bound]bool
}

// get gives a table; nil where it isn't there or cannot be read, which is told once.
func (c *codeTables) get(name string, where pos) *codeTable {
	if t, ok := c.made[name]; ok {
		if t == nil && !c.exists(name) {
			c.missing(name, where)
		}
		return t
	}
	t, err := c.read(name)
	if errors.Is(err, fs.ErrNotExist) {
		c.missing(name, where)
	}
	c.made[name] = t
	return t
}

func (c *codeTables) missing(name string, where pos) {
	c.l.add(Finding{Severity: sevError, Code: "no-such-file", Message: "there is no code table codes/" + name + ".csv", Hint: hintNearest(name, c.names())}, where)
}

func (c *codeTables) exists(name string) bool {
	_, err := fs.Stat(c.fs, "codes/"+name+".csv")
	return err == nil
}

func (c *codeTables) names() []string {
	files, _ := fs.Glob(c.fs, "codes/*.csv") // the pattern is fixed and well formed
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(strings.TrimPrefix(f, "codes/"), ".csv"))
	}
	return out
}

func (c *codeTables) read(name string) (*codeTable, error) {
	file := "codes/" + name + ".csv"
	if !fs.ValidPath(file) {
		return nil, fs.ErrNotExist
	}
	b, err := fs.ReadFile(c.fs, file)
	if err != nil {
		return nil, err
	}
	t := &codeTable{name: name, file: file, at: pos{file, 1, 1}}
	before := c.l.errors
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(b), "\ufeff")))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		c.l.errorf(t.at, "syntax", "the table has no header")
		return nil, err
	}
	cols := make([]string, len(head))
	for i, h := range head {
		cols[i] = strings.TrimSpace(h)
	}
	slots, ok := t.columns(c.l, cols)
	if !ok {
		return nil, fmt.Errorf("read %s: header", file)
	}
	for {
		rec, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			line := 1
			if pe := (*csv.ParseError)(nil); errors.As(err, &pe) {
				line = pe.Line
			}
			c.l.errorf(pos{file, line, 1}, "syntax", "the table's line is no CSV")
			return nil, err
		}
		line, _ := r.FieldPos(0)
		if len(rec) == 1 && strings.TrimSpace(rec[0]) == "" {
			continue
		}
		if row := t.row(c.l, rec, cols, slots, pos{file, line, 1}); row != nil {
			t.rows = append(t.rows, row)
		}
	}
	t.build()
	t.broken = c.l.errors > before
	return t, nil
}

// slot says where a column's cells go.
type slot struct {
	side  side
	n     int // place in a composite key
	field string
}

func (t *codeTable) columns(l *lint, cols []string) ([]slot, bool) {
	slots := make([]slot, len(cols))
	for i, h := range cols {
		switch h {
		case "dir", "from", "until", "name":
			slots[i].field = h
			continue
		}
		known := false
		for s := nat; s <= loc; s++ {
			rest, ok := strings.CutPrefix(h, s.String())
			if !ok {
				continue
			}
			n := 1
			if rest != "" {
				var err error
				if n, err = strconv.Atoi(rest); err != nil || n < 1 {
					continue
				}
			}
			slots[i] = slot{side: s, n: n}
			t.width[s] = max(t.width[s], n)
			known = true
		}
		if !known {
			slots[i].field = h
			t.extras = append(t.extras, h)
		}
	}
	if t.width[nat] == 0 || t.width[loc] == 0 {
		l.errorf(t.at, "syntax", "a table has the columns nat and loc")
		return nil, false
	}
	return slots, true
}

func (t *codeTable) row(l *lint, rec, cols []string, slots []slot, where pos) *codeRow {
	row := &codeRow{at: where, extra: map[string]string{}}
	for s := nat; s <= loc; s++ {
		row.cells[s] = make([]string, t.width[s])
	}
	for i, cell := range rec {
		if i >= len(slots) {
			l.errorf(where, "syntax", "the line has more cells than the header")
			return nil
		}
		cell = strings.TrimSpace(cell)
		switch x := slots[i]; {
		case x.n > 0:
			row.cells[x.side][x.n-1] = cell
		case x.field == "dir":
			row.dir = cell
			if cell != "" && cell != ">" && cell != "<" {
				l.errorf(where, "bad-value", "dir is empty, > or <")
				row.dir = "" // the row stays: its codes are not missing
			}
		case x.field == "from" || x.field == "until":
			if cell != "" && !isDate(cell) {
				l.errorf(where, "bad-value", "%s is no date", x.field)
				cell = "" // the row stays: its codes are not missing
			}
			if cell != "" {
				t.dated = true
			}
			if x.field == "from" {
				row.from = cell
			} else {
				row.until = cell
			}
		default:
			row.extra[x.field] = cell
		}
	}
	return row
}

func (t *codeTable) build() {
	for s := nat; s <= loc; s++ {
		t.index[s] = map[string][]*codeRow{}
		for _, r := range t.rows {
			if !r.wild(s) && !contains(r.cells[s], "") {
				k := strings.Join(r.cells[s], cellSep)
				t.index[s][k] = append(t.index[s][k], r)
			}
		}
	}
}

// find gives the row for a key of the source side; exact rows stand before those with *.
func (t *codeTable) find(d Direction, key []string, date string) *codeRow {
	from := source(d)
	k := key[0]
	if len(key) > 1 {
		k = strings.Join(key, cellSep)
	}
	for _, r := range t.index[from][k] {
		if r.runs(d) && r.inForce(date) && !r.wild(from.other()) {
			return r
		}
	}
	for _, r := range t.rows {
		if !r.wild(from) || !r.runs(d) || !r.inForce(date) || r.wild(from.other()) {
			continue
		}
		if fits(r.cells[from], key) {
			return r
		}
	}
	return nil
}

func fits(cells, key []string) bool {
	for i, c := range cells {
		if c != "*" && (c == "" || c != key[i]) {
			return false
		}
	}
	return true
}
