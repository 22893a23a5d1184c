package mapping

import (
	"encoding/json"
	"fmt"
)

// FormatSchema is the JSON Schema of a mapping file, made from the rule table:
// what an editor needs to help, not what the compiler checks.
func FormatSchema() ([]byte, error) {
	path := map[string]any{"type": "string", "minLength": 1}
	scalar := map[string]any{"type": []string{"string", "number", "boolean", "null"}}
	road := map[string]any{"enum": []string{"to-local", "to-national", "both"}}
	text := map[string]any{"type": "string"}
	sides := func(s any) map[string]any {
		return map[string]any{"type": "object", "additionalProperties": false, "properties": map[string]any{"nat": s, "loc": s}}
	}
	list := func(s any) map[string]any { return map[string]any{"type": "array", "items": s} }
	either := func(s ...any) map[string]any { return map[string]any{"anyOf": s} }
	object := map[string]any{"type": "object"}
	rules := map[string]any{"type": "array", "items": map[string]any{"$ref": "#/$defs/entry"}}
	shapes := map[string]any{
		"nat": either(path, list(path)), "loc": either(path, list(path)),
		"each": rules, "columns": object, "join": object, "embed": object, "const": scalar, "computed": text, "drop": road, "entries": object,
		"convert": object, "codes": either(text, object), "time": object, "number": sides(object), "xref": text,
		"key": object, "raw": object, "at": path, "check": map[string]any{"type": "boolean"}, "mint": map[string]any{"const": "uuid"}, "unknown": map[string]any{"const": "absent"},
		"none": sides(either(scalar, list(scalar))), "default": sides(scalar), "text": object, "when": either(text, object),
		"lossy": road, "why": text, "direction": road, "sensitive": map[string]any{"type": "boolean"}, "remember": map[string]any{"type": "boolean"},
	}
	props := map[string]any{}
	for _, k := range ruleTable() {
		s, ok := shapes[k.name]
		if !ok {
			return nil, fmt.Errorf("make the format's schema: key %s of the rule table has no form", k.name)
		}
		props[k.name] = map[string]any{"allOf": []any{s}, "description": k.doc}
	}
	root := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:duijie:mapping:v1", "title": "Duijie mapping file",
		"type": "object", "additionalProperties": false, "required": []string{"mapping", "local", "rules"},
		"properties": map[string]any{"mapping": text, "local": text, "direction": road, "root": path, "rules": rules},
		"$defs": map[string]any{
			"entry": map[string]any{"oneOf": []any{
				map[string]any{"type": "object", "additionalProperties": false, "required": []string{"use"}, "properties": map[string]any{"use": text}},
				map[string]any{"type": "object", "additionalProperties": false, "minProperties": 1, "properties": props},
			}},
		},
	}
	return json.MarshalIndent(root, "", "  ")
}
