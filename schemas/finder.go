package schemas

import (
	"path"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"duijie/internal/problem"
)

// finder turns the library's tree of errors into findings. It reads where and by
// which keyword something failed, never the library's text, which quotes values.
type finder struct {
	shape *shape
	tree  any
	items []problem.Item
}

func (f *finder) walk(e *jsonschema.ValidationError) {
	for _, cause := range e.Causes {
		f.walk(cause)
	}
	if len(e.Causes) > 0 {
		return
	}
	at, keyword := e.InstanceLocation, path.Base(e.KeywordLocation)
	switch keyword {
	case "required", "additionalProperties":
		f.members(at, keyword)
	default:
		f.add(at, keyword)
	}
}

// members points at each missing or forbidden member itself.
func (f *finder) members(at, keyword string) {
	s := f.shape.at(at)
	object, ok := value(f.tree, at).(map[string]any)
	if s == nil || !ok {
		f.add(at, keyword)
		return
	}
	if keyword == "required" {
		for _, name := range s.Required {
			if _, there := object[name]; !there {
				f.add(at+"/"+name, keyword)
			}
		}
		return
	}
	for name := range object {
		if s.Properties[name] != nil {
			continue
		}
		if !showable(name) {
			f.add(at, keyword) // a name may be data itself
			continue
		}
		f.add(at+"/"+escape(name), keyword)
	}
}

func (f *finder) add(at, keyword string) {
	f.items = append(f.items, problem.Item{Pointer: "/data" + at, Code: keyword, Detail: details[keyword]})
}

// details say in words what a keyword found.
var details = map[string]string{
	"required":             "is required",
	"additionalProperties": "no such field",
	"type":                 "wrong JSON type",
	"format":               "wrong format",
	"enum":                 "not in the code list",
	"pattern":              "wrong form",
	"minLength":            "too short",
	"maxLength":            "too long",
	"minItems":             "too few elements",
	"maxItems":             "too many elements",
	"minimum":              "too small",
}

// showable says that an unknown field's name may be repeated to its sender.
func showable(name string) bool {
	if name == "" || len(name) > 40 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func escape(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}

// value follows a pointer of known, plain names into a tree.
func value(tree any, pointer string) any {
	if pointer == "" {
		return tree
	}
	for token := range strings.SplitSeq(pointer[1:], "/") {
		switch v := tree.(type) {
		case map[string]any:
			tree = v[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			tree = v[i]
		default:
			return nil
		}
	}
	return tree
}
