package mapping

import (
	"fmt"
	"slices"
	"strings"

	"duijie/internal/codec"
)

// honesty constructs, for every declared loss, a document that shows it.
func (t *trial) honesty(d Direction, g *generator, n int) {
	var losses []*bound
	t.c.each(t.c.top, func(b *bound) {
		if b.shape == "drop" && b.drop.has(d) && b.a(source(d)) != nil {
			losses = append(losses, b)
		}
	})
	if len(losses) == 0 {
		return
	}
	l := t.law("loss-honesty")
	l.Documents += len(losses)
	open := slices.Clone(losses)
	for i := 0; i < 20*n && len(open) > 0; i++ {
		doc := g.document()
		if _, err := t.run(d, &doc); err != nil {
			continue
		}
		open = slices.DeleteFunc(open, func(b *bound) bool { return shows(&doc, b.a(source(d))) })
		if i > 2000 {
			break
		}
	}
	l.Reached += len(losses) - len(open)
	if len(open) > 0 && l.OK {
		l.OK, l.Rule = false, itself(open[0].rule)
		l.Detail = fmt.Sprintf("no document shows the loss of %s", open[0].display(source(d)))
	}
}

// shows tells whether a document has a value where a drop names one.
func shows(doc *codec.Value, a *access) bool {
	parts := strings.Split(a.full, "[]")
	at := []*codec.Value{doc}
	for i, p := range parts {
		names, err := parsePath(strings.TrimPrefix(p, "."))
		var next []*codec.Value
		for _, v := range at {
			if err == nil {
				for _, st := range names.steps {
					m, ok := v.Get(st.name)
					if !ok || st.kind != stepField && st.kind != stepFree {
						v = &absent
						break
					}
					v = m
				}
			}
			if v.Kind == codec.Absent {
				continue
			}
			if i < len(parts)-1 {
				for j := range v.Items {
					next = append(next, &v.Items[j])
				}
			} else {
				next = append(next, v)
			}
		}
		at = next
	}
	for _, v := range at {
		if v.Kind != codec.Absent && !(isScalar(v) && scalarText(v) == "") {
			return true
		}
	}
	return false
}
