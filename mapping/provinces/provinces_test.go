package provinces_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/mapping/provinces"
	"duijie/schemas"
)

// each calls for every golden pair of every built-in pack.
func each(t *testing.T, do func(t *testing.T, pack, typ, dir string)) {
	t.Helper()
	dirs, err := fs.Glob(provinces.FS(), "*/fixtures/*/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, dir := range dirs {
		parts := strings.Split(dir, "/")
		t.Run(strings.Join([]string{parts[0], parts[2], parts[3]}, "/"), func(t *testing.T) { do(t, parts[0], parts[2], dir) })
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := fs.ReadFile(provinces.FS(), name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestGoldenNationalDocumentsAreValid(t *testing.T) {
	v, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, _, typ, dir string) {
		items, warnings := v.Validate(typ, read(t, dir+"/national.json"))
		if len(items)+len(warnings) > 0 {
			t.Errorf("items %v, warnings %v", items, warnings)
		}
	})
}

// text is a JSON document's text by other means than the codec: UTF-8, or GBK where it cannot be that.
func text(t *testing.T, raw []byte) string {
	t.Helper()
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if utf8.Valid(raw) {
		return string(raw)
	}
	s, err := simplifiedchinese.GBK.NewDecoder().String(string(raw))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestGoldenLocalDocumentsAreValid asks a library about the JSON ones. What is
// text on the wire gets its types from the schema only when the mapping reads it.
func TestGoldenLocalDocumentsAreValid(t *testing.T) {
	each(t, func(t *testing.T, pack, typ, dir string) {
		if _, err := fs.Stat(provinces.FS(), dir+"/local.json"); err != nil {
			return
		}
		var mapping struct{ Local string }
		if err := yaml.Unmarshal(read(t, path.Join(pack, "mappings", typ+".yaml")), &mapping); err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("local.json", bytes.NewReader(read(t, path.Join(pack, "schemas", mapping.Local+".json")))); err != nil {
			t.Fatal(err)
		}
		s, err := c.Compile("local.json")
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		d := json.NewDecoder(strings.NewReader(text(t, read(t, dir+"/local.json"))))
		d.UseNumber()
		if err := d.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%#v", err)
		}
	})
}
