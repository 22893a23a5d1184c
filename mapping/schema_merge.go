package mapping

import (
	"slices"

	"duijie/internal/codec"
)

func (s *schema) addProp(name string, p *schema) {
	if s.index == nil {
		s.index = map[string]int{}
	}
	s.index[name] = len(s.props)
	s.props = append(s.props, prop{name: name, s: p})
}

func cloneIndex(m map[string]int) map[string]int {
	out := make(map[string]int, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// all narrows s by b: what both allow.
func (s *schema) all(b *schema) {
	s.types &= b.types
	fresh := len(s.props) == 0 && s.open && s.rest == nil
	for _, p := range b.props {
		if i, ok := s.index[p.name]; ok {
			s.props[i].required = s.props[i].required || p.required
			if s.props[i].s.types == tAny {
				s.props[i].s = p.s
			}
			continue
		}
		s.addProp(p.name, p.s)
		s.props[len(s.props)-1].required = p.required
	}
	switch {
	case fresh:
		s.open, s.rest = b.open, b.rest
	case len(b.props) > 0:
		s.open = s.open && b.open
	}
	if b.items != nil && s.items == nil {
		s.items = b.items
	}
	if b.isEnum {
		if !s.isEnum {
			s.isEnum, s.enum = true, b.enum
		} else {
			s.enum = slices.DeleteFunc(slices.Clone(s.enum), func(v codec.Value) bool { return !b.inEnum(&v) })
		}
	}
	s.minItems, s.minLen = max(s.minItems, b.minItems), max(s.minLen, b.minLen)
	s.maxItems, s.maxLen, s.maxBytes = tighter(s.maxItems, b.maxItems), tighter(s.maxLen, b.maxLen), tighter(s.maxBytes, b.maxBytes)
	if s.pattern == nil {
		s.pattern = b.pattern
	}
	if s.format == "" {
		s.format = b.format
	}
	if b.min != nil && (s.min == nil || s.min.cmp(*b.min) < 0) {
		s.min, s.exMin = b.min, b.exMin
	}
	if b.max != nil && (s.max == nil || s.max.cmp(*b.max) > 0) {
		s.max, s.exMax = b.max, b.exMax
	}
	s.sensitive = s.sensitive || b.sensitive
}

// any widens s by b: what one of them allows.
func (s *schema) any(b *schema) {
	s.types |= b.types
	for i := range s.props {
		j, ok := b.index[s.props[i].name]
		if !ok {
			s.props[i].required = false
			continue
		}
		s.props[i].required = s.props[i].required && b.props[j].required
		if s.props[i].s != b.props[j].s {
			c := *s.props[i].s
			c.props, c.index = slices.Clone(c.props), cloneIndex(c.index)
			c.any(b.props[j].s)
			s.props[i].s = &c
		}
	}
	for _, p := range b.props {
		if _, ok := s.index[p.name]; !ok {
			s.addProp(p.name, p.s)
		}
	}
	s.open = s.open && s.types&tObject != 0 && len(s.props) == 0 || s.open || b.open && b.types&tObject != 0
	if s.items == nil {
		s.items = b.items
	}
	switch {
	case s.isEnum && b.isEnum:
		s.enum = append(slices.Clone(s.enum), b.enum...)
	default:
		s.isEnum, s.enum = false, nil
	}
	s.minItems, s.minLen = min(s.minItems, b.minItems), min(s.minLen, b.minLen)
	s.maxItems, s.maxLen, s.maxBytes = looser(s.maxItems, b.maxItems), looser(s.maxLen, b.maxLen), looser(s.maxBytes, b.maxBytes)
	if s.pattern != b.pattern {
		s.pattern = nil
	}
	if s.format != b.format {
		s.format = ""
	}
	if s.min == nil || b.min == nil || s.min.cmp(*b.min) > 0 {
		s.min, s.exMin = b.min, b.exMin
	}
	if s.max == nil || b.max == nil || s.max.cmp(*b.max) < 0 {
		s.max, s.exMax = b.max, b.exMax
	}
}

func tighter(a, b int) int {
	if a < 0 {
		return b
	}
	if b < 0 {
		return a
	}
	return min(a, b)
}

func looser(a, b int) int {
	if a < 0 || b < 0 {
		return -1
	}
	return max(a, b)
}
