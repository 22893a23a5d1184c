package incoming

import (
	"sort"
	"strconv"
	"strings"

	"duijie/internal/codec"
)

// canonical copies a tree with its members sorted and without the volatile paths.
func canonical(v codec.Value, volatile []string) codec.Value {
	switch v.Kind {
	case codec.Object:
		out := codec.Value{Kind: codec.Object}
		for _, m := range v.Members {
			inner, gone := below(m.Name, volatile)
			if !gone && m.Value.Kind != codec.Absent {
				out.Members = append(out.Members, codec.Member{Name: m.Name, Value: canonical(m.Value, inner)})
			}
		}
		sort.SliceStable(out.Members, func(i, j int) bool { return out.Members[i].Name < out.Members[j].Name })
		return out
	case codec.Array:
		out := codec.Value{Kind: codec.Array}
		for i, one := range v.Items {
			any, all := below("[*]", volatile)
			this, gone := below("["+strconv.Itoa(i)+"]", volatile)
			if !all && !gone {
				out.Items = append(out.Items, canonical(one, append(any, this...)))
			}
		}
		return out
	}
	return v
}

// below gives the rest of the paths that begin with a step; gone is true where one ends there.
func below(step string, paths []string) (rest []string, gone bool) {
	for _, p := range paths {
		after, ok := cut(p, step)
		switch {
		case !ok:
		case after == "":
			gone = true
		default:
			rest = append(rest, after)
		}
	}
	return rest, gone
}

// cut takes a step off a path, quoted or plain.
func cut(path, step string) (string, bool) {
	after, ok := strings.CutPrefix(path, step)
	if !ok {
		after, ok = strings.CutPrefix(path, strconv.Quote(step))
	}
	if !ok || after != "" && after[0] != '.' && after[0] != '[' {
		return "", false
	}
	return strings.TrimPrefix(after, "."), true
}
