package schemas

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// shape is a schema with its references resolved, as masking, pointing at
// missing fields and making samples need it. Validation is not its business.
type shape struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Properties map[string]*shape `json:"properties"`
	Required   []string          `json:"required"`
	Items      *shape            `json:"items"`
	MinItems   int               `json:"minItems"`
	MinLength  int               `json:"minLength"`
	MaxLength  int               `json:"maxLength"`
	Enum       []string          `json:"enum"`
	Sensitive  bool              `json:"sensitive"`

	name string // of the shared definition it stands for: id, money, Party, …
}

// shapes reads every message type's schema.
func shapes() (map[string]*shape, error) {
	var common struct {
		Defs map[string]*shape `json:"$defs"`
	}
	if err := readJSON("common", &common); err != nil {
		return nil, err
	}
	for name, s := range common.Defs {
		s.name = name
	}
	for _, s := range common.Defs {
		if err := s.resolve(common.Defs); err != nil {
			return nil, err
		}
	}
	out := make(map[string]*shape, len(flows))
	for _, f := range flows {
		s := &shape{}
		if err := readJSON(f.Type, s); err != nil {
			return nil, err
		}
		if err := s.resolve(common.Defs); err != nil {
			return nil, fmt.Errorf("schema %s: %w", f.Type, err)
		}
		out[f.Type] = s
	}
	return out, nil
}

func readJSON(name string, v any) error {
	raw, err := fs.ReadFile(files, dir+"/"+name+".json")
	if err != nil {
		return fmt.Errorf("read schema: %w", err)
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("read schema %s: %w", name, err)
	}
	return nil
}

// resolve replaces references below s. The profile has no recursion.
func (s *shape) resolve(defs map[string]*shape) error {
	for name, p := range s.Properties {
		t, err := p.target(defs)
		if err != nil {
			return err
		}
		s.Properties[name] = t
	}
	if s.Items != nil {
		t, err := s.Items.target(defs)
		if err != nil {
			return err
		}
		s.Items = t
	}
	return nil
}

func (s *shape) target(defs map[string]*shape) (*shape, error) {
	if s.Ref == "" {
		return s, s.resolve(defs)
	}
	name, ok := strings.CutPrefix(s.Ref, Base+"common#/$defs/")
	if !ok || defs[name] == nil {
		return nil, fmt.Errorf("reference %s leads nowhere", s.Ref)
	}
	if s.Sensitive {
		t := *defs[name] // Properties is shared, so what is resolved below is seen here too
		if err := t.resolve(defs); err != nil {
			return nil, err
		}
		t.Sensitive = true
		return &t, nil
	}
	return defs[name], nil
}

// at follows an RFC 6901 pointer into the data and gives the shape there, nil where the schema is open or ends.
func (s *shape) at(pointer string) *shape {
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch {
		case pointer == "" || s == nil:
			return s
		case s.Items != nil:
			if _, err := strconv.Atoi(token); err != nil {
				return nil
			}
			s = s.Items
		default:
			s = s.Properties[token]
		}
	}
	return s
}
