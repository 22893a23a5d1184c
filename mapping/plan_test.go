package mapping

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"

	"duijie/internal/codec"
)

// alike holds the plan to the tree walk for one document: bytes, Made, errors.
// It tells whether the plan translated it, and whether the tree did.
func alike(t testing.TB, p *Program, d Direction, in []byte, env *Env) (planned, translated bool) {
	t.Helper()
	r := roadOfProgram(p, d)
	before := []byte("before")
	want, wantMade, wantErr := p.byTree(r, before, in, env)
	got, made, err := p.translate(before[:6:6], in, env, d)
	if !bytes.Equal(got, want) || codesOf(err) != codesOf(wantErr) || !reflect.DeepEqual(made, wantMade) {
		t.Errorf("%s %s: %s\nplan %s %+v %s\ntree %s %+v %s", p.typ, d, in, got, made, codesOf(err), want, wantMade, codesOf(wantErr))
	}
	if plan := r.planned(); plan != nil {
		_, _, planned = plan.translate(nil, in, env)
	}
	if planned && wantErr != nil {
		t.Errorf("%s %s: the plan translates what the tree refuses", p.typ, d)
	}
	return planned, wantErr == nil
}

func roadOfProgram(p *Program, d Direction) *road {
	if d == ToNational {
		return p.roads[1]
	}
	return p.roads[0]
}

// sameIDs knows every id: it is the same on both sides.
type sameIDs struct{}

func (sameIDs) Local(_, id string) (string, bool)    { return id, true }
func (sameIDs) National(_, id string) (string, bool) { return id, true }

func TestPlanIsTheTreeOnAPackOfEverything(t *testing.T) {
	set := mustCompile(t, testSource(t, os.DirFS("testdata/pack")))
	held(t, set, 100)
}

// held compares both for many documents of each type and direction of a pack.
// It gives, by type and direction, how many the tree had to do although they
// have no error; all of them where there is no plan.
func held(t *testing.T, set *Set, n int) map[string]int {
	t.Helper()
	left := map[string]int{}
	env := testEnv
	env.IDs = sameIDs{}
	for _, typ := range set.Types() {
		p, _ := set.Program(typ)
		for _, d := range []Direction{ToLocal, ToNational} {
			if !p.Runs(d) {
				continue
			}
			docs, err := set.Samples(typ, d, n, 7)
			if err != nil {
				t.Fatal(err)
			}
			name, good, done := fmt.Sprint(typ, " ", d), 0, 0
			for _, doc := range docs {
				planned, translated := alike(t, p, d, doc, &env)
				if translated {
					good++
				}
				if planned {
					done++
				}
			}
			if t.Failed() {
				t.FailNow()
			}
			if left[name] = good - done; roadOfProgram(p, d).planned() == nil {
				left[name] = n
			}
			if left[name] > 0 {
				t.Logf("%s: the plan does %d of %d", name, done, good)
			}
		}
	}
	return left
}

// Each feature of the language, one at a time: the documents of the table of
// translations, and random ones, whole and spoilt.
func TestPlanIsTheTreeFeatureByFeature(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 3))
	env := testEnv
	env.IDs = sameIDs{}
	var all []translation
	for _, c := range translations() {
		switch c.pack.format {
		case "", "json":
			all = append(all, c)
			name := c.name
			for _, format := range []string{"rows", "form"} {
				c.name, c.pack.format = name+", as "+format, format
				all = append(all, c)
			}
		default:
			all = append(all, c)
		}
	}
	for _, c := range all {
		set, _ := CompilePack(c.pack.source())
		p, ok := set.Program("t")
		if !ok {
			if c.pack.format == "rows" || c.pack.format == "form" {
				continue // rows cannot say everything
			}
			t.Fatalf("%s: does not compile", c.name)
		}
		for _, d := range directions {
			if !p.Runs(d) {
				continue
			}
			docs, err := set.Samples("t", d, 40, 3)
			if err != nil && c.pack.format == "json" {
				t.Fatal(err)
			}
			for _, given := range []string{c.in, c.local, c.fromLoc, c.back} {
				docs = append(docs, []byte(given))
			}
			for _, doc := range docs {
				alike(t, p, d, doc, &env)
				alike(t, p, d, doc, &testEnv)
				opts := set.src.options(d)
				read := func() (codec.Value, error) { return codec.FromJSON(doc) }
				if d == ToNational {
					read = func() (codec.Value, error) { return codec.Decode(doc, opts) }
				}
				for range 4 {
					v, err := read()
					if err != nil {
						break
					}
					spoilt(r, &v)
					doc := codec.AppendJSON(nil, v)
					if d == ToNational {
						if doc, err = codec.Encode(nil, v, opts); err != nil {
							continue // such a document there is not
						}
					}
					alike(t, p, d, doc, &env)
				}
			}
			if t.Failed() {
				t.Fatalf("%s: %+v", c.name, c.pack)
			}
			if roadOfProgram(p, d).planned() == nil {
				t.Logf("%s, %s: by the tree", c.name, d)
			}
		}
	}
}
