package mapping

import (
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// checkPack asks what only the whole pack can answer.
func (p *pack) checkPack(files []*compiler) {
	p.checkXrefs()
	p.checkTables(true)
	p.checkShared(files)
}

// checkXrefs finds references to kinds that no key of the pack identifies.
func (p *pack) checkXrefs() {
	for _, u := range p.xrefs {
		if !p.keyed[u.b.xref] {
			p.l.about(sevError, u.p, "key-missing", u.b, "key: {nat, loc, as: "+u.b.xref+"} on the list", "no key of the pack says what identifies a %s", u.b.xref)
		}
	}
}

// scanKeys reads which kinds the keys of the whole pack name, without compiling it.
func (p *pack) scanKeys() {
	_ = fs.WalkDir(p.src.FS, "mappings", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(name, ".yaml") {
			return nil
		}
		b, err := fs.ReadFile(p.src.FS, name)
		if err != nil {
			return nil
		}
		var doc yaml.Node
		if yaml.Unmarshal(b, &doc) == nil {
			p.scanNode(&doc)
		}
		return nil
	})
}

func (p *pack) scanNode(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value != "key" || n.Content[i+1].Kind != yaml.MappingNode {
				continue
			}
			k := n.Content[i+1]
			for j := 0; j+1 < len(k.Content); j += 2 {
				if k.Content[j].Value == "as" {
					p.keyed[k.Content[j+1].Value] = true
				}
			}
		}
	}
	for _, c := range n.Content {
		p.scanNode(c)
	}
}

// checkShared warns of two upward types that read one local message and
// nothing in it that tells them apart.
func (p *pack) checkShared(files []*compiler) {
	for i, c := range files {
		for _, o := range files[:i] {
			if c.f.local != o.f.local || c.top == nil || o.top == nil || !p.upward(c) || !p.upward(o) || toldApart(c, o) {
				continue
			}
			p.l.add(Finding{Severity: sevWarning, Code: "local-shared", Message: o.f.typ + " reads the local message " + c.f.local + " too, and no constant tells them apart", Loc: c.f.local}, c.f.localAt)
		}
	}
}

func (p *pack) upward(c *compiler) bool {
	if !c.f.direction.has(ToNational) {
		return false
	}
	return p.src.Way == nil || strings.Contains(p.src.Way(c.f.typ), "U") || p.src.Way(c.f.typ) == ""
}

func toldApart(a, b *compiler) bool {
	constants := func(c *compiler) map[string]string {
		out := map[string]string{}
		for _, r := range c.top.rules {
			if r.shape == "const" && r.check && r.a(loc) != nil && r.runs(ToNational) {
				out[r.a(loc).full] = r.constant.text
			}
		}
		return out
	}
	y := constants(b)
	for path, v := range constants(a) {
		if w, ok := y[path]; ok && w != v {
			return true
		}
	}
	return false
}

// longest lists a table's codes of a side, the longest first.
func (m *codesMeaning) longest(s side) []string {
	var out []string
	for _, r := range m.table.rows {
		if len(r.cells[s]) == 1 && r.cells[s][0] != "" && r.cells[s][0] != "*" {
			out = append(out, r.cells[s][0])
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return len(b) - len(a) })
	return out
}

func shanghaiNoon(c civil) time.Time {
	return time.Date(c.year, time.Month(c.month), c.day, 12, 0, 0, 0, shanghai())
}

func (c civil) date() string {
	return (&timeForm{kind: formDate, tokens: datePattern}).format(c, false)
}

var (
	yamlLine = regexp.MustCompile(`line (\d+)`)
	yamlCol  = regexp.MustCompile(`column (\d+)`)
)

// yamlPlace takes the place out of a YAML error's words.
func yamlPlace(err error) (line, col int) {
	number := func(re *regexp.Regexp) int {
		if m := re.FindStringSubmatch(err.Error()); m != nil {
			n, _ := strconv.Atoi(m[1]) // the expression takes digits only
			return n
		}
		return 1
	}
	return number(yamlLine), number(yamlCol)
}

// yamlWords is what a YAML error says, without its prefix.
func yamlWords(err error) string {
	s := oneLine(err.Error())
	if _, after, ok := strings.Cut(s, ": "); ok && strings.HasPrefix(s, "yaml") {
		return after
	}
	return s
}
