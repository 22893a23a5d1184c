package mapping

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"
)

// seededFiles is the clean pack that faults are planted into: XML in GBK, a type
// each way, an own profile.
func seededFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	base := os.DirFS("testdata/seeded/pack")
	err := fs.WalkDir(base, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(base, name)
		out[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, typ := range []string{"visit", "visited", "missed"} { // that they are there is enough for lint
		out["fixtures/"+typ+"/one/national.json"], out["fixtures/"+typ+"/one/local.xml"] = &fstest.MapFile{}, &fstest.MapFile{}
	}
	return out
}

func lintSeeded(files fs.FS) []Finding {
	_, found := CompilePack(Source{
		Name: "p", FS: files, Profile: os.DirFS("testdata/seeded/profile"), SinkFormat: "xml", SourceFormat: "xml", SinkCharset: "GBK", SourceCharset: "GBK",
		Way:     func(typ string) string { return map[string]string{"visit": "D", "visited": "U", "missed": "U"}[typ] },
		Key:     func(string) string { return "no" },
		Unknown: "error",
	})
	return found
}

// seed is one change to the clean pack. In new, « stands where each finding is
// expected, in order; a finding elsewhere is expected at FILE:«TEXT.
type seed struct {
	name     string
	file     string // below the pack; without folder and ending: mappings/….yaml
	old, new string // new text in place of old; an empty old replaces the file
	want     []string
	hint     string // in the first finding's hint or message
}

func seedFile(name string) string {
	if strings.Contains(name, "/") && !strings.HasPrefix(name, "common/") {
		return name
	}
	return "mappings/" + name + ".yaml"
}

// marked takes the « out of a text and gives their places as LINE:COL.
func marked(text string) (clean string, places []string) {
	line, col := 1, 1
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '«':
			places = append(places, fmt.Sprintf("%d:%d", line, col))
			continue
		case r == '\n':
			line, col = line+1, 0
		}
		col++
		b.WriteRune(r)
	}
	return b.String(), places
}

// plant makes the changed pack, and what must be found.
func (s seed) plant(t *testing.T) (fstest.MapFS, []string) {
	t.Helper()
	files := maps.Clone(seededFiles(t))
	name := seedFile(s.file)
	text := s.new
	if s.old != "" {
		if files[name] == nil {
			t.Fatalf("no file %s", name)
		}
		was := string(files[name].Data)
		if !strings.Contains(was, s.old) {
			t.Fatalf("%s has no %q", name, s.old)
		}
		text = strings.Replace(was, s.old, s.new, 1)
	}
	clean, places := marked(text)
	if !utf8.ValidString(clean) {
		t.Fatal("not UTF-8")
	}
	files[name] = &fstest.MapFile{Data: []byte(clean)}
	if s.old == "" && s.new == "" {
		delete(files, name)
	}
	var want []string
	for _, w := range s.want {
		other, at, elsewhere := strings.Cut(w, " @ ")
		switch {
		case elsewhere: // CODE @ FILE:TEXT
			file, mark, _ := strings.Cut(at, ":")
			file = seedFile(file)
			was := string(files[file].Data)
			i := strings.Index(was, mark)
			if i < 0 {
				t.Fatalf("%s has no %q", file, mark)
			}
			_, p := marked(was[:i] + "«" + was[i:])
			want = append(want, fmt.Sprintf("p/%s:%s: %s", file, p[0], other))
		case len(places) > 0:
			want = append(want, fmt.Sprintf("p/%s:%s: %s", name, places[0], w))
			places = places[1:]
		default:
			t.Fatalf("no « for %s", w)
		}
	}
	if len(places) > 0 {
		t.Fatalf("%d « too many", len(places))
	}
	return files, want
}

func (s seed) check(t *testing.T) {
	files, want := s.plant(t)
	found := lintSeeded(files)
	var got []string
	for _, f := range found {
		got = append(got, fmt.Sprintf("%s:%d:%d: %s[%s]", f.File, f.Line, f.Col, f.Severity, f.Code))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("want\n%s\nfound\n%s", strings.Join(want, "\n"), findings(found))
		return
	}
	if s.hint != "" && !strings.Contains(found[0].Hint+found[0].Message, s.hint) {
		t.Errorf("no %q in %s", s.hint, findings(found[:1]))
	}
}

func TestTheSeededPackIsClean(t *testing.T) {
	if found := lintSeeded(seededFiles(t)); len(found) > 0 {
		t.Error(findings(found))
	}
}

// A single fault is found where it is, and nothing else is.
func TestSeededFaults(t *testing.T) {
	for _, s := range seededFaults {
		t.Run(s.name, func(t *testing.T) { s.check(t) })
	}
}

// Odd but legal is not found.
func TestOddButLegal(t *testing.T) {
	for _, s := range oddButLegal {
		t.Run(s.name, func(t *testing.T) { s.check(t) })
	}
}
