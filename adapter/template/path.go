package template

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"duijie/internal/codec"
)

// step is one step of a path: a member's name, or an index where name is empty.
type step struct {
	name  string
	index int
}

var errPath = errors.New("not a path")

// steps reads a path such as a.b[0]."c.d".
func steps(path string) ([]step, error) {
	var out []step
	for path != "" {
		var one step
		switch path[0] {
		case '[':
			digits, rest, ok := strings.Cut(path[1:], "]")
			i, err := strconv.Atoi(digits)
			if !ok || err != nil || i < 0 {
				return nil, errPath
			}
			one.index, path = i, rest
		case '"':
			end := strings.IndexByte(path[1:], '"')
			if end < 0 || json.Unmarshal([]byte(path[:end+2]), &one.name) != nil || one.name == "" {
				return nil, errPath
			}
			path = path[end+2:]
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			if one.name, path = path[:end], path[end:]; one.name == "" {
				return nil, errPath
			}
		}
		out = append(out, one)
		path = strings.TrimPrefix(path, ".")
	}
	return out, nil
}

// CheckPath refuses what is no path.
func CheckPath(path string) error {
	s, err := steps(path)
	if err == nil && len(s) == 0 {
		err = errPath
	}
	return err
}

// Find gives the node under a path, nil where there is none.
func Find(v *codec.Value, path string) *codec.Value {
	all, err := steps(path)
	if err != nil {
		return nil
	}
	for _, s := range all {
		if v == nil {
			return nil
		}
		if s.name == "" {
			if v.Kind != codec.Array || s.index >= len(v.Items) {
				return nil
			}
			v = &v.Items[s.index]
			continue
		}
		next, ok := v.Get(s.name)
		if !ok {
			return nil
		}
		v = next
	}
	return v
}

// Set puts a text under a path, making the objects on the way; false where a
// step meets something that is no object, or a list's element that is not there.
func Set(v *codec.Value, path, text string) bool {
	all, err := steps(path)
	if err != nil || len(all) == 0 {
		return false
	}
	for _, s := range all {
		switch {
		case s.name == "" && v.Kind == codec.Array && s.index < len(v.Items):
			v = &v.Items[s.index]
			continue
		case s.name == "":
			return false
		case v.Kind == codec.Absent || v.Kind == codec.Null:
			*v = codec.Value{Kind: codec.Object}
		case v.Kind != codec.Object:
			return false
		}
		if _, ok := v.Get(s.name); !ok {
			v.Members = append(v.Members, codec.Member{Name: s.name})
		}
		v, _ = v.Get(s.name)
	}
	*v = codec.Str(text)
	return true
}
