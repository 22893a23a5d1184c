package mapping

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/big"
	slashpath "path"
	"slices"
	"strings"
	"time"

	"duijie/internal/codec"

	"go.yaml.in/yaml/v4"
)

// FixtureResult is one golden pair in one direction.
type FixtureResult struct {
	Type      string `json:"type"`
	Case      string `json:"case"`
	Direction string `json:"direction"`
	OK        bool   `json:"ok"`
	// Detail says where the translation is not the golden document: paths and codes, no values.
	Detail string `json:"detail,omitempty"`
}

// fixture is one folder fixtures/TYPE/CASE.
type fixture struct {
	typ, name       string
	national, local []byte
	only            Direction
	exact           bool
	env             Env
}

// StandingClock is the time of translations outside the gateway, unless a fixture says otherwise.
func StandingClock() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, shanghai()) }

// ListedIDs is a crosswalk from a list, kind → national → local. What is not
// listed is the same on both sides, or one-to-one with a number where the local
// side takes nothing else; with Strict it is unknown.
type ListedIDs struct {
	Listed map[string]map[string]string
	Strict bool
}

// Local gives the listed local id, else the national one.
func (l ListedIDs) Local(kind, national string) (string, bool) {
	if v, ok := l.Listed[kind][national]; ok {
		return v, true
	}
	return national, !l.Strict
}

// National gives the listed national id, else the local one.
func (l ListedIDs) National(kind, local string) (string, bool) {
	var found []string
	for n, v := range l.Listed[kind] {
		if v == local {
			found = append(found, n)
		}
	}
	if len(found) > 0 {
		return slices.Min(found), true
	}
	if id, ok := l.numbered(local); ok && !l.Strict {
		return id, true
	}
	return local, !l.Strict
}

// madeMark begins what number makes numbers of, so that none is taken for one.
const madeMark = "\x01id "

// number is the made-up number of a national id.
func (ListedIDs) number(national string) string {
	return new(big.Int).SetBytes([]byte(madeMark + national)).String()
}

// numbered is the national id that a number was made of.
func (ListedIDs) numbered(local string) (string, bool) {
	n, ok := new(big.Int).SetString(local, 10)
	if !ok || n.Sign() < 0 {
		return "", false
	}
	return strings.CutPrefix(string(n.Bytes()), madeMark)
}

// readFixtures reads the golden pairs of a type, in name order.
func (s *Set) readFixtures(typ string) ([]fixture, error) {
	dir := "fixtures/" + typ
	cases, err := fs.ReadDir(s.src.FS, dir)
	if err != nil {
		return nil, nil // a type without fixtures is a finding, not an error
	}
	var out []fixture
	for _, c := range cases {
		if !c.IsDir() {
			continue
		}
		f, err := s.readFixture(typ, c.Name())
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (s *Set) readFixture(typ, name string) (fixture, error) {
	dir := slashpath.Join("fixtures", typ, name)
	f := fixture{typ: typ, name: name}
	now := StandingClock()
	f.env = Env{Now: now, Time: now, Receipt: "00000000-0000-7000-8000-000000000000", Key: strings.Repeat("0", 32), Unit: "000000"}
	files, err := fs.ReadDir(s.src.FS, dir)
	if err != nil {
		return f, fmt.Errorf("read fixture %s: %w", dir, err)
	}
	var spec struct {
		Only    string                       `yaml:"only"`
		Exact   bool                         `yaml:"exact"`
		IDs     map[string]map[string]string `yaml:"ids"`
		Now     string                       `yaml:"now"`
		Time    string                       `yaml:"time"`
		Receipt string                       `yaml:"receipt"`
		Unit    string                       `yaml:"unit"`
		Key     string                       `yaml:"key"`
		Subject string                       `yaml:"subject"`
	}
	for _, e := range files {
		b, err := fs.ReadFile(s.src.FS, slashpath.Join(dir, e.Name()))
		if err != nil {
			return f, fmt.Errorf("read fixture %s: %w", dir, err)
		}
		switch n := e.Name(); {
		case n == "national.json":
			f.national = b
		case strings.HasPrefix(n, "local."):
			f.local = b
		case n == "case.yaml":
			if err := yaml.Unmarshal(b, &spec); err != nil {
				return f, fmt.Errorf("read fixture %s/case.yaml: %w", dir, err)
			}
		}
	}
	f.only, f.exact = Direction(spec.Only), spec.Exact
	f.env.IDs = ListedIDs{Listed: spec.IDs}
	for _, t := range []struct {
		text string
		to   *time.Time
	}{{spec.Now, &f.env.Now}, {spec.Time, &f.env.Time}} {
		if t.text == "" {
			continue
		}
		v, err := time.Parse(time.RFC3339, t.text)
		if err != nil {
			return f, fmt.Errorf("read fixture %s/case.yaml: a time is not RFC 3339", dir)
		}
		*t.to = v
	}
	for _, t := range []struct {
		text string
		to   *string
	}{{spec.Receipt, &f.env.Receipt}, {spec.Unit, &f.env.Unit}, {spec.Key, &f.env.Key}, {spec.Subject, &f.env.Subject}} {
		if t.text != "" {
			*t.to = t.text
		}
	}
	return f, nil
}

// Fixtures translates the golden pairs of a type and compares.
func (s *Set) Fixtures(typ string) ([]FixtureResult, error) {
	p, ok := s.programs[typ]
	if !ok {
		return nil, fmt.Errorf("fixtures of %s: the type has no program", typ)
	}
	p = p.strict()
	fixtures, err := s.readFixtures(typ)
	if err != nil {
		return nil, err
	}
	var out []FixtureResult
	for i := range fixtures {
		f := &fixtures[i]
		for _, d := range directions {
			if f.only != "" && f.only != d || !p.direction.has(d) || f.national == nil || f.local == nil {
				continue
			}
			detail := s.runFixture(p, f, d)
			out = append(out, FixtureResult{Type: typ, Case: f.name, Direction: string(d), OK: detail == "", Detail: detail})
		}
	}
	return out, nil
}

// strict is the program with unknown fields as errors, unless the pack says otherwise.
func (p *Program) strict() *Program {
	q := *p
	for i, r := range p.roads {
		if r != nil && r.unknown == "" {
			c := *r
			c.unknown = "error"
			q.roads[i] = &c
		}
	}
	return &q
}

// runFixture gives what is wrong; empty: nothing.
func (s *Set) runFixture(p *Program, f *fixture, d Direction) string {
	in, want := f.national, f.local
	if d == ToNational {
		in, want = f.local, f.national
	}
	env := f.env
	got, _, err := p.translate(nil, in, &env, d)
	if err != nil {
		return errorWords(err)
	}
	if d == ToLocal && f.exact {
		if !bytes.Equal(got, want) {
			return "the bytes are not the golden ones"
		}
		return ""
	}
	r := p.roads[0]
	if d == ToNational {
		r = p.roads[1]
	}
	to := source(d).other()
	golden, err := r.readTarget(want)
	if err != nil {
		return "the golden document cannot be read"
	}
	mine, err := r.readTarget(got)
	if err != nil {
		return "the translation cannot be read back"
	}
	c := s.files[p.typ]
	target := form{doc: golden}
	if p.direction == roadsBoth {
		target = c.canon(to, &golden, &env)
	}
	if to == loc && textualFormat(c.format(ToLocal)) {
		target.doc, mine = c.localTree(&target.doc), c.localTree(&mine)
	}
	return differenceWords(target.compare(&mine, c.imager(opposite(d))))
}

// readTarget reads a document of the side that the road writes.
func (r *road) readTarget(b []byte) (codec.Value, error) {
	if r.d == ToNational {
		return codec.FromJSON(b)
	}
	return codec.Decode(b, r.opts)
}

func differenceWords(ds []difference) string {
	var out []string
	for i, d := range ds {
		if i == 10 {
			out = append(out, "…")
			break
		}
		out = append(out, d.path)
	}
	if len(out) == 0 {
		return ""
	}
	return "differs at " + strings.Join(out, ", ")
}

func errorWords(err error) string {
	es, ok := err.(Errors)
	if !ok {
		return err.Error()
	}
	var out []string
	for _, e := range es {
		at := e.Source
		if e.Target != "" {
			at += " → " + e.Target
		}
		out = append(out, e.Code+" "+at+" ("+e.Rule+")")
	}
	return strings.Join(out, "; ")
}
