package mapping

import (
	"math/rand/v2"
	"os"
	"testing"

	"duijie/internal/codec"
)

// spoilt is a document with one thing changed: a value gone, another value, a
// member twice or of no schema, an element more or less.
func spoilt(r *rand.Rand, v *codec.Value) {
	for {
		switch {
		case v.Kind == codec.Object && len(v.Members) > 0:
			i := r.IntN(len(v.Members))
			m := &v.Members[i]
			switch r.IntN(12) {
			case 0:
				v.Members = append(v.Members[:i:i], v.Members[i+1:]...)
			case 1:
				v.Members = append(v.Members, *m)
			case 2:
				v.Members = append(v.Members, codec.Member{Name: "zz", Value: codec.Str("x")})
			case 3:
				m.Value = odd(r)
			case 4:
				j := r.IntN(len(v.Members))
				v.Members[i], v.Members[j] = v.Members[j], v.Members[i]
			default:
				v = &m.Value
				continue
			}
			return
		case v.Kind == codec.Array && len(v.Items) > 0:
			i := r.IntN(len(v.Items))
			switch r.IntN(8) {
			case 0:
				v.Items = append(v.Items[:i:i], v.Items[i+1:]...)
			case 1:
				v.Items = append(v.Items, v.Items[i])
			case 2:
				v.Items[i] = odd(r)
			default:
				v = &v.Items[i]
				continue
			}
			return
		}
		*v = odd(r)
		return
	}
}

func odd(r *rand.Rand) codec.Value {
	all := []codec.Value{
		codec.Str(""), codec.Str("x"), codec.Str("（1）\n\"\\"), codec.Str("2026-02-30"), codec.Str("2026-02-03"), codec.Str("20260203"), codec.Str("1985-07-01T00:30:00+08:00"),
		codec.Str("2026-02-03T04:05:06.789Z"), codec.Str("2026-02-03 24:00:00"), codec.Str("-0012.3400"), codec.Str("1e3"), codec.Str("true"), codec.Str("0"),
		codec.Num("0"), codec.Num("-0.50"), codec.Num("12345678901234567890.5"), codec.Num("1E-2"), codec.Num("100"), codec.Num("1.005"),
		{Kind: codec.Bool, True: true}, {Kind: codec.Bool}, {Kind: codec.Null}, {Kind: codec.Array}, {Kind: codec.Object},
		{Kind: codec.Array, Items: []codec.Value{codec.Str("a"), {Kind: codec.Null}}},
		{Kind: codec.Object, Members: []codec.Member{{Name: "id", Value: codec.Num("1")}}},
	}
	return all[r.IntN(len(all))]
}

// heldBroken compares plan and tree on documents that have one to three such
// changes, half of which are errors.
func heldBroken(t *testing.T, set *Set, n int) {
	t.Helper()
	env := testEnv
	env.IDs = sameIDs{}
	r := rand.New(rand.NewPCG(3, 9))
	planned, refused := 0, 0
	for _, typ := range set.Types() {
		p, _ := set.Program(typ)
		for _, d := range []Direction{ToLocal, ToNational} {
			docs, err := set.Samples(typ, d, n, 11)
			if err != nil {
				continue
			}
			for _, doc := range docs {
				v, err := codec.FromJSON(doc)
				if err != nil {
					t.Fatal(err)
				}
				for range 1 + r.IntN(3) {
					spoilt(r, &v)
				}
				did, good := alike(t, p, d, codec.AppendJSON(nil, v), &env)
				if did {
					planned++
				}
				if !good {
					refused++
				}
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	}
	if planned == 0 || refused == 0 {
		t.Errorf("%d were planned, %d refused", planned, refused)
	}
}

func TestPlanIsTheTreeOnBrokenDocuments(t *testing.T) {
	heldBroken(t, mustCompile(t, provinceSource(t, "error")), 60)
	heldBroken(t, mustCompile(t, provinceSource(t, "drop")), 30)
	heldBroken(t, mustCompile(t, testSource(t, os.DirFS("testdata/pack"))), 100)
}
