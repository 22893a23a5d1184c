package mapping

import (
	"errors"
	"fmt"
	"io/fs"
	slashpath "path"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// schemas loads and keeps the schemas of one side's folder.
type schemas struct {
	fs       fs.FS
	docs     map[string]*codec.Value // by file name
	made     map[string]*schema      // by file#pointer
	ids      map[string]string       // $id → file name; nil until asked
	patterns patterns
}

// patterns are the regular expressions of a folder, each made once.
type patterns map[string]*pattern

func (p patterns) get(text string) (*pattern, error) {
	if re, ok := p[text]; ok {
		return re, nil
	}
	re, err := newPattern(text)
	if err == nil {
		p[text] = re
	}
	return re, err
}

func newSchemas(f fs.FS) *schemas {
	return &schemas{fs: f, docs: map[string]*codec.Value{}, made: map[string]*schema{}, patterns: patterns{}}
}

// load reads FILE; errors.Is fs.ErrNotExist where there is none.
func (s *schemas) load(file string) (*schema, error) {
	doc, err := s.doc(file)
	if err != nil {
		return nil, err
	}
	return s.at(file, "", doc)
}

func (s *schemas) doc(file string) (*codec.Value, error) {
	if d, ok := s.docs[file]; ok {
		return d, nil
	}
	if s.fs == nil {
		return nil, fs.ErrNotExist
	}
	b, err := fs.ReadFile(s.fs, file)
	if err != nil {
		return nil, err
	}
	v, err := codec.FromJSON(b)
	if err != nil {
		return nil, fmt.Errorf("read schema %s: %w", file, err)
	}
	s.docs[file] = &v
	return &v, nil
}

func (s *schemas) at(file, pointer string, v *codec.Value) (*schema, error) {
	key := file + "#" + pointer
	if m, ok := s.made[key]; ok {
		return m, nil
	}
	if v.Kind == codec.Bool {
		m := anything()
		if !v.True {
			m.types = 0
		}
		return m, nil
	}
	if ref, ok := v.Get("$ref"); ok && annotationsOnly(v) {
		m, err := s.ref(file, ref.Text)
		if err != nil {
			return nil, err
		}
		s.made[key] = m
		return m, nil
	}
	m := anything()
	m.name = key
	s.made[key] = m
	if err := s.fill(m, file, pointer, v); err != nil {
		return nil, err
	}
	return m, nil
}

// annotationsOnly tells a reference whose neighbours say nothing about values.
func annotationsOnly(v *codec.Value) bool {
	for _, m := range v.Members {
		switch m.Name {
		case "$ref", "title", "description", "$comment", "examples", "$schema", "$id", "default", "$defs":
		default:
			return false
		}
	}
	return true
}

func (s *schemas) ref(file, ref string) (*schema, error) {
	name, pointer, _ := strings.Cut(ref, "#")
	target := file
	if name != "" {
		var err error
		if target, err = s.resolve(file, name); err != nil {
			return nil, err
		}
	}
	doc, err := s.doc(target)
	if err != nil {
		return nil, fmt.Errorf("schema %s: $ref %s: %w", file, ref, err)
	}
	v := doc
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if part == "" {
			continue
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		next, ok := v.Get(part)
		if !ok {
			return nil, fmt.Errorf("schema %s: $ref %s: there is no %q", file, ref, part)
		}
		v = next
	}
	return s.at(target, pointer, v)
}

func (s *schemas) resolve(from, name string) (string, error) {
	file := slashpath.Join(slashpath.Dir(from), name)
	if !strings.Contains(name, ":") {
		return file, nil
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		guess := name[i+1:] + ".json"
		if d, err := s.doc(guess); err == nil {
			if id, ok := d.Get("$id"); ok && id.Text == name {
				return guess, nil
			}
		}
	}
	if s.ids == nil {
		s.ids = map[string]string{}
		names, err := fs.Glob(s.fs, "*.json")
		if err != nil {
			return "", err
		}
		for _, n := range names {
			d, err := s.doc(n)
			if err != nil {
				continue
			}
			if id, ok := d.Get("$id"); ok {
				s.ids[strings.TrimSuffix(id.Text, "#")] = n
			}
		}
	}
	if n, ok := s.ids[name]; ok {
		return n, nil
	}
	if i := strings.LastIndexAny(name, "/:"); i >= 0 {
		for _, n := range []string{name[i+1:], name[i+1:] + ".json"} {
			if _, err := s.doc(n); err == nil {
				return n, nil
			}
		}
	}
	return "", fmt.Errorf("schema %s: nothing has the $id %s", from, name)
}

// fill reads the keywords of v into m, which is anything so far.
func (s *schemas) fill(m *schema, file, pointer string, v *codec.Value) error {
	if v.Kind != codec.Object {
		return fmt.Errorf("schema %s: an object or boolean is expected at %q", file, pointer)
	}
	var errs []error
	sub := func(where string, v *codec.Value) *schema {
		x, err := s.at(file, pointer+where, v)
		if err != nil {
			errs = append(errs, err)
			return anything()
		}
		return x
	}
	closed, hasProps := false, false
	var required []string
	for i := range v.Members {
		k, x := v.Members[i].Name, &v.Members[i].Value
		switch k {
		case "type":
			m.types &= typeSet(x)
		case "properties":
			hasProps = true
			for j := range x.Members {
				name := x.Members[j].Name
				m.addProp(name, sub("/properties/"+escapePointer(name), &x.Members[j].Value))
			}
		case "required":
			for _, it := range x.Items {
				required = append(required, it.Text)
			}
		case "additionalProperties", "unevaluatedProperties":
			if x.Kind == codec.Bool {
				closed = !x.True
				m.open = x.True
			} else {
				m.rest = sub("/"+k, x)
			}
			hasProps = hasProps || closed
		case "items":
			m.items = sub("/items", x)
		case "enum":
			m.isEnum, m.enum = true, x.Items
		case "const":
			m.isEnum, m.enum = true, []codec.Value{*x}
		case "minItems":
			m.minItems = intOf(x, 0)
		case "maxItems":
			m.maxItems = intOf(x, -1)
		case "minLength":
			m.minLen = intOf(x, 0)
		case "maxLength":
			m.maxLen = intOf(x, -1)
		case "x-maxBytes":
			m.maxBytes = intOf(x, -1)
		case "pattern":
			re, err := s.patterns.get(x.Text)
			if err != nil {
				errs = append(errs, fmt.Errorf("schema %s: pattern at %q: not a regular expression", file, pointer))
			}
			m.pattern = re
		case "format":
			m.format = x.Text
		case "minimum", "exclusiveMinimum":
			m.min, m.exMin = numberOf(x), k == "exclusiveMinimum"
		case "maximum", "exclusiveMaximum":
			m.max, m.exMax = numberOf(x), k == "exclusiveMaximum"
		case "sensitive", "x-sensitive":
			m.sensitive = x.Kind != codec.Bool || x.True
		}
	}
	if hasProps {
		_, said := v.Get("additionalProperties")
		_, uneval := v.Get("unevaluatedProperties")
		if !said && !uneval {
			m.open = false
		}
		if m.types == tAny {
			m.types = tObject
		}
	}
	if m.items != nil && m.types == tAny {
		m.types = tArray
	}
	if m.isEnum && m.types == tAny {
		m.types = 0
		for i := range m.enum {
			m.types |= kindType(&m.enum[i])
		}
	}
	for _, r := range required {
		if i, ok := m.index[r]; ok {
			m.props[i].required = true
		}
	}
	if ref, ok := v.Get("$ref"); ok {
		x, err := s.ref(file, ref.Text)
		if err != nil {
			return err
		}
		m.all(x)
	}
	if x, ok := v.Get("allOf"); ok {
		for i := range x.Items {
			if conditional(&x.Items[i]) {
				continue
			}
			b := sub(fmt.Sprintf("/allOf/%d", i), &x.Items[i])
			m.all(b)
		}
		for _, r := range required {
			if i, ok := m.index[r]; ok {
				m.props[i].required = true
			}
		}
	}
	for _, k := range []string{"anyOf", "oneOf"} {
		x, ok := v.Get(k)
		if !ok {
			continue
		}
		var union *schema
		for i := range x.Items {
			b := sub(fmt.Sprintf("/%s/%d", k, i), &x.Items[i])
			if union == nil {
				c := *b
				c.props, c.index = slices.Clone(b.props), cloneIndex(b.index)
				union = &c
			} else {
				union.any(b)
			}
		}
		if union != nil {
			m.all(union)
		}
	}
	return errors.Join(errs...)
}

// conditional tells a branch that only relates fields to each other: no
// property of its own, which the tests judge, not the paths.
func conditional(v *codec.Value) bool {
	for _, m := range v.Members {
		switch m.Name {
		case "if", "then", "else", "not", "$comment", "dependentRequired":
		default:
			return false
		}
	}
	return true
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

func typeSet(v *codec.Value) types {
	one := func(name string) types {
		for _, n := range typeNames {
			if n.name == name {
				return n.bit
			}
		}
		return 0
	}
	if v.Kind == codec.String {
		return one(v.Text)
	}
	var t types
	for _, it := range v.Items {
		t |= one(it.Text)
	}
	return t
}

func intOf(v *codec.Value, none int) int {
	d, ok := parseDecimal(v.Text)
	if !ok {
		return none
	}
	n, ok := d.int()
	if !ok {
		return none
	}
	return n
}

func numberOf(v *codec.Value) *decimal {
	d, ok := parseDecimal(v.Text)
	if !ok {
		return nil
	}
	return &d
}
