package mapping

import (
	"slices"

	"duijie/internal/codec"
)

// shrink removes members and elements as long as the document still fails.
func shrink(doc *codec.Value, fails func(*codec.Value) bool) codec.Value {
	best := clone(doc)
	for budget := 400; budget > 0; {
		smaller := false
		for _, c := range smallerOnes(&best) {
			if budget--; budget <= 0 {
				break
			}
			if fails(&c) {
				best, smaller = c, true
				break
			}
		}
		if !smaller {
			break
		}
	}
	return best
}

func clone(v *codec.Value) codec.Value {
	out := *v
	out.Items, out.Members = nil, nil
	for i := range v.Items {
		out.Items = append(out.Items, clone(&v.Items[i]))
	}
	for i := range v.Members {
		out.Members = append(out.Members, codec.Member{Name: v.Members[i].Name, Value: clone(&v.Members[i].Value)})
	}
	return out
}

// smallerOnes are the documents with one member or element less.
func smallerOnes(v *codec.Value) []codec.Value {
	var out []codec.Value
	for i := range v.Members {
		c := clone(v)
		c.Members = slices.Delete(c.Members, i, i+1)
		out = append(out, c)
	}
	for i := range v.Items {
		c := clone(v)
		c.Items = slices.Delete(c.Items, i, i+1)
		out = append(out, c)
	}
	for i := range v.Members {
		for _, s := range smallerOnes(&v.Members[i].Value) {
			c := clone(v)
			c.Members[i].Value = s
			out = append(out, c)
		}
	}
	for i := range v.Items {
		for _, s := range smallerOnes(&v.Items[i]) {
			c := clone(v)
			c.Items[i] = s
			out = append(out, c)
		}
	}
	return out
}
