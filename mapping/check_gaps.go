package mapping

import (
	"slices"
	"strings"
)

func selectorText(st step) string {
	switch st.kind {
	case stepIndex:
		return itoa(st.index)
	case stepSelector:
		return st.selector
	}
	return "*"
}

// gaps finds values of a selector's field that no rule over the list takes.
func (v *verifier) gaps(el *schema, c *cover, shown string, where pos) {
	var fields []string
	for _, e := range c.elements {
		if e.st.kind == stepEvery || e.st.nested() && len(e.st.terms) == 1 {
			return
		}
		for _, t := range e.st.terms {
			if t.ref == "" && !slices.Contains(fields, t.field) {
				fields = append(fields, t.field)
			}
		}
	}
	if el.types&tObject == 0 {
		return
	}
	report := func(sev, msg string) {
		f := Finding{Severity: sev, Code: "selector-gap", Message: msg, Hint: "a rule, or drop with why"}
		if v.s == nat {
			f.Nat = shown
		} else {
			f.Loc = shown
		}
		// It stands at the first rule over the list.
		p := where
		for _, e := range c.elements {
			if e.b != nil {
				p = e.b.keyAt(v.s.String())
				break
			}
		}
		v.c.l.add(f, p)
	}
	combos := [][]string{nil}
	for _, name := range fields {
		f, _ := el.get(name)
		if f == nil || !f.isEnum {
			report(sevWarning, "elements whose "+name+" has another value are taken by no rule")
			return
		}
		var next [][]string
		for _, combo := range combos {
			for _, val := range enumTexts(f) {
				next = append(next, append(slices.Clone(combo), val))
			}
		}
		if combos = next; len(combos) > 1000 {
			return
		}
	}
	var missing []string
	for _, combo := range combos {
		if !slices.ContainsFunc(c.elements, func(e *elementCover) bool { return takesCombo(e.st, fields, combo) }) {
			var terms []string
			for i, val := range combo {
				terms = append(terms, fields[i]+"="+val)
			}
			missing = append(missing, strings.Join(terms, " & "))
		}
	}
	if len(missing) > 0 {
		report(sevError, "no rule takes the elements with "+strings.Join(missing[:min(len(missing), 5)], ", "))
	}
}

func takesCombo(st step, fields, combo []string) bool {
	if st.kind == stepIndex {
		return false
	}
	for _, t := range st.terms {
		if i := slices.Index(fields, t.field); t.ref == "" && i >= 0 && combo[i] != t.value {
			return false
		}
	}
	return true
}
