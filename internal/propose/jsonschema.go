package propose

import (
	"fmt"
	"io/fs"
	"strings"

	"duijie/internal/codec"
)

// deepest bounds recursion of schemas that refer to themselves.
const deepest = 12

// most bounds how many declarations are followed, however they refer to each other.
const most = 20000

// readNational is the form of a message type in the profile.
func readNational(profile fs.FS, typ string) (*field, error) {
	b, err := fs.ReadFile(profile, typ+".json")
	if err != nil {
		return nil, fmt.Errorf("the profile has no type %s", typ)
	}
	return readJSONSchema(b, profile)
}

// readJSONSchema reads a form; references lead inside the file or, by their last
// name, into another file of fsys.
func readJSONSchema(b []byte, fsys fs.FS) (*field, error) {
	root, err := codec.FromJSON(b)
	if err != nil {
		return nil, err
	}
	r := &schemaReader{fsys: fsys, files: map[string]*codec.Value{}}
	f := &field{}
	r.read(f, &root, &root, 0)
	return f, nil
}

type schemaReader struct {
	seen  int
	fsys  fs.FS
	files map[string]*codec.Value
}

func (r *schemaReader) read(f *field, s, root *codec.Value, depth int) {
	if r.seen++; depth > deepest || r.seen > most {
		return
	}
	if ref, ok := s.Get("$ref"); ok {
		target, home := r.follow(ref.Text, root)
		f.ref = ref.Text[strings.LastIndexAny(ref.Text, "/#")+1:]
		if target != nil {
			r.read(f, target, home, depth+1)
		}
	}
	for _, name := range []string{"allOf", "oneOf", "anyOf"} {
		if list, ok := s.Get(name); ok {
			for i := range list.Items {
				r.read(f, &list.Items[i], root, depth+1)
			}
		}
	}
	r.facts(f, s)
	if props, ok := s.Get("properties"); ok {
		f.typ = "object"
		for i := range props.Members {
			r.read(f.add(props.Members[i].Name), &props.Members[i].Value, root, depth+1)
		}
	}
	if items, ok := s.Get("items"); ok {
		f.typ = "array"
		if f.items == nil {
			f.items = &field{}
		}
		r.read(f.items, items, root, depth+1)
	}
	if req, ok := s.Get("required"); ok {
		for _, v := range req.Items {
			if c := f.child(v.Text); c != nil {
				c.required = true
			}
		}
	}
}

// facts are what a schema says of the value itself.
func (r *schemaReader) facts(f *field, s *codec.Value) {
	for i := range s.Members {
		v := &s.Members[i].Value
		switch s.Members[i].Name {
		case "type":
			if v.Kind == codec.String {
				f.typ = v.Text
			}
			for _, t := range v.Items {
				if t.Text != "null" && f.typ == "" {
					f.typ = t.Text
				}
			}
		case "format":
			f.format = v.Text
		case "enum":
			f.enum = nil
			for _, e := range v.Items {
				f.enum = append(f.enum, e.Text)
			}
		case "title", "description":
			if f.label == "" {
				f.label = v.Text
			}
		}
	}
}

// follow gives what a reference leads to, and the file that it stands in.
func (r *schemaReader) follow(ref string, root *codec.Value) (target, home *codec.Value) {
	file, pointer, _ := strings.Cut(ref, "#")
	home = root
	if file != "" {
		name := file[strings.LastIndexAny(file, ":/")+1:]
		home = r.file(strings.TrimSuffix(name, ".json"))
	}
	if home == nil {
		return nil, nil
	}
	target = home
	for _, step := range strings.Split(strings.Trim(pointer, "/"), "/") {
		if step == "" {
			continue
		}
		next, ok := target.Get(strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
		if !ok {
			return nil, nil
		}
		target = next
	}
	return target, home
}

func (r *schemaReader) file(name string) *codec.Value {
	if v, ok := r.files[name]; ok || r.fsys == nil {
		return v
	}
	r.files[name] = nil
	b, err := fs.ReadFile(r.fsys, name+".json")
	if err != nil {
		return nil
	}
	v, err := codec.FromJSON(b)
	if err != nil {
		return nil
	}
	r.files[name] = &v
	return &v
}
