package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	base  = "urn:duijie:national:v1:"
	draft = "https://json-schema.org/draft/2020-12/schema"
)

// generate gives every file of the profile by its name.
func generate() (map[string][]byte, error) {
	g := &generator{shared: map[string]string{}, prims: map[string]bool{}}
	defs := obj{}
	for _, p := range primitives() {
		g.prims[p.key] = true
		defs = append(defs, p)
	}
	for _, e := range objects() {
		g.shared[e.name] = e.fields
	}
	for _, e := range objects() {
		o, err := g.object(e.fields, false)
		if err != nil {
			return nil, fmt.Errorf("object %s: %w", e.name, err)
		}
		defs = append(defs, kv{e.name, o})
	}
	files := map[string][]byte{}
	common := obj{{"$schema", draft}, {"$id", base + "common"}, {"title", "Shared objects of the national profile v1 (our own design, no public interface exists)"}, {"$defs", defs}}
	files["common.json"] = render(common)
	for _, e := range messages() {
		o, err := g.object(e.fields, true)
		if err != nil {
			return nil, fmt.Errorf("message %s: %w", e.name, err)
		}
		files[e.name+".json"] = render(append(obj{{"$schema", draft}, {"$id", base + e.name}}, o...))
	}
	return files, nil
}

type generator struct {
	shared map[string]string
	prims  map[string]bool
}

// object gives the schema of a closed object; a message's data takes ext besides.
func (g *generator) object(fields string, ext bool) (obj, error) {
	props, required := obj{}, []string{}
	fs, err := g.expand(fields)
	if err != nil {
		return nil, err
	}
	for _, f := range fs {
		s, err := g.typ(f.typ, f.required)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.name, err)
		}
		if f.sensitive {
			s = append(s, kv{"sensitive", true})
		}
		props = append(props, kv{f.name, s})
		if f.required {
			required = append(required, f.name)
		}
	}
	if ext {
		props = append(props, kv{"ext", obj{{"type", "object"}, {"sensitive", true}}})
	}
	o := obj{{"type", "object"}, {"properties", props}}
	if len(required) > 0 {
		o = append(o, kv{"required", required})
	}
	return append(o, kv{"additionalProperties", false}), nil
}

type field struct {
	name, typ           string
	required, sensitive bool
}

// expand reads a line of fields, taking over those of shared objects.
func (g *generator) expand(fields string) ([]field, error) {
	var out []field
	for _, part := range split(fields) {
		if name, ok := strings.CutPrefix(part, "@"); ok {
			name, without, _ := strings.Cut(name, "-")
			line, ok := g.shared[name]
			if !ok {
				return nil, fmt.Errorf("no shared object %q", name)
			}
			taken, err := g.expand(line)
			if err != nil {
				return nil, err
			}
			left := strings.Split(without, ",")
			out = append(out, slices.DeleteFunc(taken, func(f field) bool { return slices.Contains(left, f.name) })...)
			continue
		}
		head, typ, ok := strings.Cut(part, " ")
		if !ok {
			return nil, fmt.Errorf("field without a type: %q", part)
		}
		name := strings.TrimRight(head, "!~")
		flags := head[len(name):]
		out = append(out, field{name, typ, strings.Contains(flags, "!"), strings.Contains(flags, "~")})
	}
	return out, nil
}

var (
	text = regexp.MustCompile(`^(?:str|text)\(([0-9]+)\)$`)
	list = regexp.MustCompile(`^\[(.*)\](?:([0-9]+)\.\.([0-9]*))?$`)
)

func (g *generator) typ(t string, required bool) (obj, error) {
	if t == "str" {
		t = "str(200)"
	}
	if m := text.FindStringSubmatch(t); m != nil {
		n, _ := strconv.Atoi(m[1])
		s := obj{{"type", "string"}}
		if required {
			s = append(s, kv{"minLength", 1})
		}
		return append(s, kv{"maxLength", n}), nil
	}
	if m := list.FindStringSubmatch(t); m != nil {
		items, err := g.typ(m[1], false)
		if err != nil {
			return nil, err
		}
		s := obj{{"type", "array"}, {"items", items}}
		if n, err := strconv.Atoi(m[2]); err == nil {
			s = append(s, kv{"minItems", n})
		}
		if n, err := strconv.Atoi(m[3]); err == nil {
			s = append(s, kv{"maxItems", n})
		}
		return s, nil
	}
	if inner, ok := strings.CutPrefix(t, "{"); ok {
		return g.object(strings.TrimSuffix(inner, "}"), false)
	}
	if name, also, ok := strings.Cut(t, "+"); ok {
		fields, err := g.expand("@" + name)
		if err != nil {
			return nil, err
		}
		line := make([]string, len(fields))
		for i, f := range fields {
			line[i] = f.line(f.required || f.name == also)
		}
		return g.object(strings.Join(line, " · "), false)
	}
	if g.prims[t] || g.shared[t] != "" {
		return obj{{"$ref", base + "common#/$defs/" + t}}, nil
	}
	if strings.Contains(t, "|") {
		return codes(t), nil
	}
	return nil, fmt.Errorf("no type %q", t)
}

func (f field) line(required bool) string {
	s := f.name
	if required {
		s += "!"
	}
	if f.sensitive {
		s += "~"
	}
	return s + " " + f.typ
}

// codes is a closed list of strings.
func codes(list string) obj {
	return obj{{"type", "string"}, {"enum", strings.Split(list, "|")}}
}

// split cuts a line at " · " outside of braces.
func split(line string) []string {
	var out []string
	for len(line) > 0 {
		depth, cut := 0, len(line)
		for i, r := range line {
			switch r {
			case '{':
				depth++
			case '}':
				depth--
			case '·':
				if depth == 0 {
					cut = i
				}
			}
			if cut < len(line) {
				break
			}
		}
		out = append(out, strings.TrimSpace(line[:cut]))
		line = strings.TrimPrefix(line[cut:], "·")
	}
	return out
}

// kv and obj are a JSON object that keeps its order.
type kv struct {
	key   string
	value any
}
type obj []kv

// MarshalJSON writes the members in their order.
func (o obj) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", m.key)
		v, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func render(o obj) []byte {
	raw, err := json.Marshal(o)
	if err != nil {
		panic("a schema that is no JSON: " + err.Error()) // the table holds strings and numbers only
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		panic(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}
