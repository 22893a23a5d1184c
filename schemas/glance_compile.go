package schemas

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// glancer compiles glances. It is for one at a time.
type glancer struct {
	defs     map[string]json.RawMessage // of the schema common; nil until read
	patterns map[string]*pattern
}

// errUnknown marks what a glance does not understand: the library checks it.
var errUnknown = errors.New("left to the library")

func unknown(what string) error { return fmt.Errorf("%s: %w", what, errUnknown) }

// compile makes the glance of a type. An error wraps errUnknown where the schema
// says what only the library understands.
func (g *glancer) compile(typ string) (*node, error) {
	if g.defs == nil {
		var common struct {
			Defs map[string]json.RawMessage `json:"$defs"`
		}
		if err := readJSON("common", &common); err != nil {
			return nil, err
		}
		g.defs, g.patterns = common.Defs, map[string]*pattern{}
	}
	var root json.RawMessage
	if err := readJSON(typ, &root); err != nil {
		return nil, err
	}
	var top struct {
		Properties map[string]struct{ Type string } `json:"properties"`
	}
	if err := json.Unmarshal(root, &top); err != nil {
		return nil, err
	}
	_, parties := top.Properties["parties"]
	n, err := g.node(root, place{typ: typ, parties: parties})
	if err == nil && (n.kind != kindObject || n.additional != nil) {
		return nil, unknown("an open message")
	}
	return n, err
}

// keywords are those of one schema.
type keywords struct {
	Type       string                     `json:"type"`
	Ref        string                     `json:"$ref"`
	Properties map[string]json.RawMessage `json:"properties"`
	Required   []string                   `json:"required"`
	Additional json.RawMessage            `json:"additionalProperties"`
	Items      json.RawMessage            `json:"items"`
	MinItems   *int                       `json:"minItems"`
	MaxItems   *int                       `json:"maxItems"`
	MinLength  *int                       `json:"minLength"`
	MaxLength  *int                       `json:"maxLength"`
	Minimum    *int64                     `json:"minimum"`
	Enum       []string                   `json:"enum"`
	Pattern    *string                    `json:"pattern"`
	Format     string                     `json:"format"`
}

// understood are the keywords that may stand beside each type; "" is a reference.
var understood = map[string]string{
	"":        "$ref",
	"string":  "type minLength maxLength enum pattern format",
	"integer": "type minimum",
	"boolean": "type",
	"array":   "type items minItems maxItems",
	"object":  "type properties required additionalProperties",
}

// annotations say nothing about what is valid.
const annotations = "$schema $id $defs title description sensitive"

func (g *glancer) node(raw json.RawMessage, at place) (*node, error) {
	var names map[string]json.RawMessage
	if err := json.Unmarshal(raw, &names); err != nil {
		return nil, unknown("a schema that is no object")
	}
	var k keywords
	if err := json.Unmarshal(raw, &k); err != nil {
		return nil, unknown("a keyword of another form")
	}
	known, ok := understood[k.Type]
	if !ok {
		return nil, unknown("type " + k.Type)
	}
	for name := range names {
		if !slices.Contains(strings.Fields(known+" "+annotations), name) {
			return nil, unknown("keyword " + name)
		}
	}
	if at.depth++; at.depth > maxFree {
		return nil, unknown("depth")
	}
	switch k.Type {
	case "":
		name, _ := strings.CutPrefix(k.Ref, Base+"common#/$defs/")
		if g.defs[name] == nil {
			return nil, unknown("reference " + k.Ref)
		}
		return g.node(g.defs[name], at)
	case "string":
		return g.text(k, at)
	case "integer":
		n := &node{kind: kindInteger, mark: at.mark()}
		if k.Minimum != nil {
			n.bounded, n.minimum = true, *k.Minimum
		}
		if n.mark != markNone && n.mark != markListed {
			return nil, unknown("a number for " + at.field)
		}
		return n, nil
	case "boolean":
		return &node{kind: kindBoolean}, nil
	case "array":
		return g.list(k, at)
	}
	return g.object(k, at)
}

func (g *glancer) text(k keywords, at place) (*node, error) {
	n := &node{kind: kindText, mark: at.mark(), max: math.MaxInt, enum: k.Enum}
	if k.MinLength != nil {
		n.min = *k.MinLength
	}
	if k.MaxLength != nil {
		n.max = *k.MaxLength
	}
	switch k.Format {
	case "":
	case "date":
		n.format = formatDate
	case "date-time":
		n.format = formatTime
	default:
		return nil, unknown("format " + k.Format)
	}
	if k.Pattern != nil {
		p := g.patterns[*k.Pattern]
		if p == nil {
			var err error
			if p, err = newPattern(*k.Pattern); err != nil {
				return nil, err
			}
			g.patterns[*k.Pattern] = p
		}
		n.pattern = p
	}
	n.exact = n.enum != nil || n.format != formatNone || n.pattern != nil || n.mark != markNone || at.slot() != slotNone
	return n, nil
}

func (g *glancer) list(k keywords, at place) (*node, error) {
	if k.Items == nil || at.element {
		return nil, unknown("a list of lists, or of anything")
	}
	n := &node{kind: kindList, max: math.MaxInt}
	if k.MinItems != nil {
		n.min = *k.MinItems
	}
	if k.MaxItems != nil {
		n.max = *k.MaxItems
	}
	if identifier(at.field) != "" && !at.quiet {
		n.list = listApart
		if at.path == "parties" {
			n.list = listParties
		}
	}
	at.element = true
	var err error
	n.items, err = g.node(k.Items, at)
	if err == nil && n.list != listPlain && (n.items.kind == kindFree || n.items.additional != nil) {
		return nil, unknown("a list of open objects that have an id")
	}
	return n, err
}

func (g *glancer) object(k keywords, at place) (*node, error) {
	n := &node{kind: kindObject, heed: !at.quiet, members: &members{}}
	switch {
	case k.Additional == nil || string(k.Additional) == "true":
		if len(k.Properties)+len(k.Required) > 0 {
			return nil, unknown("an object that is described in part")
		}
		n.kind = kindFree
		return n, nil
	case string(k.Additional) != "false":
		var err error
		if n.additional, err = g.node(k.Additional, at.member("*")); err != nil {
			return nil, err
		}
	}
	m := n.members
	if len(k.Properties) > 64 {
		return nil, unknown("more than 64 members")
	}
	for i, name := range slices.Sorted(maps.Keys(k.Properties)) {
		if name == "" {
			return nil, unknown("a member without a name")
		}
		inner := at.member(name)
		child, err := g.node(k.Properties[name], inner)
		if err != nil {
			return nil, err
		}
		f := member{name: name, node: child, next: m.index[hash(name)]}
		switch child.kind {
		case kindText:
			f.slot = inner.slot()
		case kindInteger:
			if inner.slot() != slotNone {
				return nil, unknown("a number for " + name)
			}
		}
		m.all = append(m.all, f)
		m.index[hash(name)] = uint8(i + 1)
	}
	for _, name := range k.Required {
		i := m.find([]byte(name))
		if i < 0 {
			return nil, unknown("a required member that is none")
		}
		m.required |= 1 << i
	}
	m.check(at)
	return n, nil
}
