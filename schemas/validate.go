package schemas

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"duijie/internal/problem"
)

// maxItems bounds the findings of one message: a hostile one could have as many as bytes.
const maxItems = 10_000

// Validator holds the profile and compiles a type's schema when it is first
// asked for: most gateways see a few types, and start in a fraction of the time.
// It is safe for concurrent use.
type Validator struct {
	shapes map[string]*shape

	mu       sync.Mutex // guards the four below; the compilers are for one at a time
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	glancer  glancer
	glances  map[string]*node // nil for a type of which the library is always asked

	scans sync.Pool // of *scan
}

// New reads the profile. That every schema compiles is held by a test.
func New() (*Validator, error) {
	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.LoadURL = load
	c.Formats["date-time"] = func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return true // the keyword concerns strings only
		}
		_, ok = ParseTime(s)
		return ok
	}
	s, err := shapes()
	if err != nil {
		return nil, err
	}
	return &Validator{shapes: s, compiler: c, compiled: make(map[string]*jsonschema.Schema, len(flows)), glances: make(map[string]*node, len(flows))}, nil
}

// schema is a type's compiled schema; nil for an unknown type. The schemas are
// part of the program: one that does not compile is a broken build.
func (v *Validator) schema(typ string) *jsonschema.Schema {
	if _, known := Lookup(typ); !known {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.compiled[typ]
	if s == nil {
		s = v.compiler.MustCompile(Base + typ)
		v.compiled[typ] = s
	}
	return s
}

// clean says that the data surely have no finding; false says nothing. See scan.
func (v *Validator) clean(typ string, data []byte) bool {
	root := v.glance(typ)
	if root == nil {
		return false
	}
	s, _ := v.scans.Get().(*scan)
	if s == nil {
		s = &scan{}
	}
	ok := s.clean(root, data)
	const keep = 1 << 14 // spans: the most that a case with 5,100 workers needs
	if s.data = nil; cap(s.listed)+cap(s.named) <= keep {
		v.scans.Put(s)
	}
	return ok
}

func (v *Validator) glance(typ string) *node {
	v.mu.Lock()
	defer v.mu.Unlock()
	n, there := v.glances[typ]
	if _, known := Lookup(typ); !there && known {
		n, _ = v.glancer.compile(typ) // nil with an error: which type has one, a test says
		v.glances[typ] = n
	}
	return n
}

// load gives a schema of the program itself; nothing outside is ever opened.
func load(url string) (io.ReadCloser, error) {
	name, ok := strings.CutPrefix(url, Base)
	if !ok || strings.Contains(name, "/") {
		return nil, errors.New("no schema of the profile")
	}
	return files.Open(dir + "/" + name + ".json")
}

// ParseTime reads an RFC 3339 date-time with an offset, T and Z in upper case.
// Leap seconds, days and offsets that don't exist are no times.
func ParseTime(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || s[len("2026-11-20T09")] != ':' || strings.Contains(s, ",") {
		return time.Time{}, false // package time also takes T9:00 and 0,5 seconds
	}
	if offset := len(s) - len("+08:00"); s[len(s)-1] != 'Z' && (s[offset+1:] >= "24" || s[offset+4:] >= "60") {
		return time.Time{}, false // and +24:00 and +08:60
	}
	return t, true
}

// Validate holds the data of a message against the schema of its type and the
// dictionary's further checks. Items are reasons to refuse, all of them at once;
// warnings are kept beside the message and refuse nothing. Pointers begin with
// /data. The type must be known (see Lookup).
func (v *Validator) Validate(typ string, data []byte) (items, warnings []problem.Item) {
	if v.clean(typ, data) {
		return nil, nil
	}
	return v.thorough(typ, data)
}

// thorough is the authority: the library and the further checks on a tree.
func (v *Validator) thorough(typ string, data []byte) (items, warnings []problem.Item) {
	schema := v.schema(typ)
	if schema == nil {
		return []problem.Item{{Pointer: "/type", Code: "unknown-type", Detail: "no such message type"}}, nil
	}
	tree, err := decode(data)
	if err != nil {
		return []problem.Item{{Pointer: "/data", Code: "type", Detail: "not JSON"}}, nil
	}
	if err := schema.Validate(tree); err != nil {
		var failed *jsonschema.ValidationError
		if !errors.As(err, &failed) {
			return []problem.Item{{Pointer: "/data", Code: "schema", Detail: "cannot be checked"}}, nil
		}
		f := finder{shape: v.shapes[typ], tree: tree}
		f.walk(failed)
		items = f.items
	}
	c := check{typ: typ, items: items}
	c.run(tree)
	return tidy(c.items), tidy(c.warnings)
}

// decode reads data with numbers as written. A number that no field could hold
// becomes one that is no integer: the library would spend long on its digits.
func decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("more than one value")
	}
	return tame(tree), nil
}

func tame(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			v[k] = tame(m)
		}
	case []any:
		for i, m := range v {
			v[i] = tame(m)
		}
	case json.Number:
		const digits = 40
		if exp := strings.IndexAny(string(v), "eE"); len(v) > digits || exp >= 0 && len(v)-exp > len("e+99") {
			return json.Number("0.5")
		}
	}
	return v
}

// tidy sorts by pointer and code and drops repeats.
func tidy(items []problem.Item) []problem.Item {
	slices.SortFunc(items, func(a, b problem.Item) int {
		if c := strings.Compare(a.Pointer, b.Pointer); c != 0 {
			return c
		}
		return strings.Compare(a.Code, b.Code)
	})
	items = slices.CompactFunc(items, func(a, b problem.Item) bool { return a.Pointer == b.Pointer && a.Code == b.Code })
	return items[:min(len(items), maxItems)]
}
