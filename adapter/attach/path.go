package attach

import (
	"strings"

	"duijie/adapter/template"
	"duijie/internal/codec"
)

// CheckPath refuses what is no path to one or, with [*], to many places.
func CheckPath(path string) error {
	for _, piece := range strings.Split(path, "[*]") {
		if piece = strings.TrimPrefix(piece, "."); piece == "" {
			continue
		}
		if err := template.CheckPath(piece); err != nil {
			return err
		}
	}
	if path == "" || path == "[*]" {
		return template.CheckPath("")
	}
	return nil
}

// places are the nodes under a path, [*] being each element of a list. A lone
// value stands for a list of one, as XML has them. With make, a last member that
// is not there is made in each object that should have it.
func places(v *codec.Value, path string, make bool) []*codec.Value {
	before, after, many := strings.Cut(path, "[*]")
	before = strings.TrimSuffix(before, ".")
	at := v
	if before != "" {
		at = template.Find(v, before)
		if at == nil && make && !many && template.Set(v, before, "") {
			at = template.Find(v, before)
		}
	}
	switch {
	case at == nil:
		return nil
	case !many:
		return []*codec.Value{at}
	}
	items := []*codec.Value{at}
	if at.Kind == codec.Array {
		items = items[:0]
		for i := range at.Items {
			items = append(items, &at.Items[i])
		}
	}
	rest := strings.TrimPrefix(after, ".")
	if rest == "" {
		return items
	}
	var out []*codec.Value
	for _, one := range items {
		out = append(out, places(one, rest, make)...)
	}
	return out
}
