package expr

import (
	"maps"
	"reflect"
	"slices"

	"duijie/internal/codec"
)

// Node is a value as it stands in the document's tree, with the order of its
// members and its numbers as written, and the name of the member that held it or
// its list ("" at the top, or where the expression made the value itself).
type Node struct {
	Value codec.Value
	Name  string
}

func (r *run) trace(made any, v *codec.Value, name string) {
	if r.nodes == nil {
		return
	}
	if at := reflect.ValueOf(made); at.Len() > 0 || at.Kind() == reflect.Map { // empty slices share one place
		r.nodes[at.Pointer()] = Node{*v, name}
	}
}

// List gives the elements of a list; an object is a list of one, nil and an empty
// text (as XML has it) are empty lists. ok is false for anything else. The scope
// must have been made with Trace.
func (p *Program) List(s *Scope) (list []Node, ok bool, err error) {
	v, err := p.Eval(s)
	if err != nil {
		return nil, false, err
	}
	switch v := v.(type) {
	case nil:
		return nil, true, nil
	case string:
		return nil, v == "", nil
	case map[string]any:
		return []Node{s.run.node(v)}, true, nil
	}
	if !kindOfSlice(v) {
		return nil, false, nil
	}
	all := reflect.ValueOf(v)
	for i := range all.Len() {
		list = append(list, s.run.node(all.Index(i).Interface()))
	}
	return list, true, nil
}

// node finds a value's place in the tree; one that the expression made is built.
func (r *run) node(v any) Node {
	at := reflect.ValueOf(v)
	if v != nil && (at.Kind() == reflect.Map || at.Kind() == reflect.Slice && at.Len() > 0) {
		if n, ok := r.nodes[at.Pointer()]; ok && n.Value.Kind == kindFor(at.Kind()) {
			return n
		}
	}
	return Node{Value: r.built(v)}
}

func kindFor(k reflect.Kind) codec.Kind {
	if k == reflect.Map {
		return codec.Object
	}
	return codec.Array
}

func (r *run) built(v any) codec.Value {
	switch v := v.(type) {
	case nil:
		return codec.Value{Kind: codec.Null}
	case bool:
		return codec.Value{Kind: codec.Bool, True: v}
	case string:
		return codec.Str(v)
	case map[string]any:
		out := codec.Value{Kind: codec.Object}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out.Members = append(out.Members, codec.Member{Name: name, Value: r.node(v[name]).Value})
		}
		return out
	}
	if kindOfSlice(v) {
		out := codec.Value{Kind: codec.Array}
		all := reflect.ValueOf(v)
		for i := range all.Len() {
			out.Items = append(out.Items, r.node(all.Index(i).Interface()).Value)
		}
		return out
	}
	text, _ := r.text(v) // a number
	return codec.Num(text)
}
