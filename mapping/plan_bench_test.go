//go:build unix

package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkCase is the road of one case: the plan, the tree, what a person
// writes by hand over a map, and json.Valid, which only looks.
func BenchmarkCase(b *testing.B) {
	set := mustCompile(b, provinceSource(b, "drop"))
	p, _ := set.Program("case.delegated")
	env := testEnv
	doc := workers(b, 2) // about 2.3 KB
	local, _, err := p.ToLocal(nil, doc, &env)
	if err != nil {
		b.Fatal(codesOf(err))
	}
	var out []byte
	run := func(name string, in []byte, do func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			began := processorTime(b)
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
			report(b, began, len(in))
		})
	}
	run("plan", doc, func() error { out, _, err = p.ToLocal(out[:0], doc, &env); return err })
	run("tree", doc, func() error { out, _, err = p.byTree(p.roads[0], out[:0], doc, &env); return err })
	run("map", doc, func() error { out, err = byHand(doc, env.Now); return err })
	run("valid", doc, func() error {
		if !json.Valid(doc) {
			return os.ErrInvalid
		}
		return nil
	})
	run("plan-back", local, func() error { out, _, err = p.ToNational(out[:0], local, &env); return err })
	run("tree-back", local, func() error { out, _, err = p.byTree(p.roads[1], out[:0], local, &env); return err })
	run("valid-back", local, func() error {
		if !json.Valid(local) {
			return os.ErrInvalid
		}
		return nil
	})
}

// BenchmarkWorkers is one case of many workers.
func BenchmarkWorkers(b *testing.B) {
	set := mustCompile(b, provinceSource(b, "drop"))
	p, _ := set.Program("case.delegated")
	for _, n := range []int{1, 10, 100, 1000, 5000} {
		doc := workers(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			began := processorTime(b)
			for b.Loop() {
				if _, _, err := p.ToLocal(nil, doc, &testEnv); err != nil {
					b.Fatal(codesOf(err))
				}
			}
			report(b, began, len(doc))
		})
	}
}

// BenchmarkCompile is the whole pack, as the program starts with it.
func BenchmarkCompile(b *testing.B) {
	src := provinceSource(b, "drop")
	b.ReportAllocs()
	began := processorTime(b)
	for b.Loop() {
		if set, _ := CompilePack(src); set.HasErrors() {
			b.Fatal("the pack has errors")
		}
	}
	report(b, began, 0)
}

// processorTime is what this process has used so far, collector and all: other
// work on the machine counts less in it than on the clock.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func report(b *testing.B, began time.Duration, size int) {
	b.ReportMetric(float64(processorTime(b)-began)/float64(b.N), "cpu-ns/op")
	if size > 0 {
		b.ReportMetric(float64(size), "doc-bytes")
	}
}

// byHand is what a person writes for this one case over map[string]any: the
// same fields, codes, dates and amounts, no checks.
func byHand(in []byte, now time.Time) ([]byte, error) {
	var n map[string]any
	if err := json.Unmarshal(in, &n); err != nil {
		return nil, err
	}
	out := map[string]any{"sjly": "02", "czsj": now.In(shanghai()).Format("2006-01-02 15:04:05")}
	move := func(from, to map[string]any, names ...string) {
		for i := 0; i < len(names); i += 2 {
			if v, ok := from[names[i]]; ok && v != "" {
				to[names[i+1]] = v
			}
		}
	}
	moment := func(from map[string]any, name, read, write string) (string, bool) {
		s, ok := from[name].(string)
		if !ok {
			return "", false
		}
		t, err := time.Parse(read, s)
		return t.In(shanghai()).Format(write), err == nil
	}
	move(n, out, "caseNo", "wbbh", "courtCaseNo", "fyah", "facts", "ssyly", "remark", "bz")
	out["wplx"] = map[string]string{"pre": "1", "mid": "2"}[textOf(n["delegation"])]
	out["sycx"] = map[string]string{"simple": "1", "ordinary": "2", "none": "0"}[textOf(n["procedure"])]
	if c, ok := n["court"].(map[string]any); ok {
		move(c, out, "code", "fydm", "name", "fymc", "judge", "cbr")
	}
	if c, ok := n["cause"].(map[string]any); ok {
		ay := map[string]any{}
		move(c, ay, "edition", "bb", "code", "dm", "name", "mc", "raw", "yddm")
		out["ay"] = ay
	}
	out["ajlb"] = map[string]string{"wage": "01", "compensation": "02"}[textOf(n["category"])]
	if t, ok := moment(n, "filedAt", time.RFC3339, "20060102"); ok {
		out["larq"] = t
	}
	if t, ok := moment(n, "delegatedAt", time.RFC3339, "2006-01-02 15:04:05"); ok {
		out["wpsj"] = t
	}
	if t, ok := moment(n, "consentAt", time.RFC3339, "20060102"); ok {
		out["tyrq"] = t
	}
	if o, ok := n["org"].(map[string]any); ok {
		org := map[string]any{}
		move(o, org, "code", "zzbm", "name", "zzmc", "district", "xzqh")
		out["tjzz"] = org
	}
	lists := map[string][]any{}
	parties, _ := n["parties"].([]any)
	for _, v := range parties {
		p, _ := v.(map[string]any)
		w := map[string]any{}
		move(p, w, "id", "dsrbh", "idNumber", "zjhm", "nation", "mz", "phone", "lxdh", "serviceAddress", "sddz", "uscc", "tyshxydm", "legalRep", "fddbr", "industry", "hy")
		w["dsrlx"] = map[string]string{"person": "1", "org": "2"}[textOf(p["kind"])]
		w["mc"] = strings.NewReplacer("（", "(", "）", ")").Replace(strings.TrimSpace(textOf(p["name"])))
		if t, ok := moment(p, "birthday", "2006-01-02", "20060102"); ok {
			w["csrq"] = t
		}
		if a, ok := p["address"].(map[string]any); ok {
			dz := map[string]any{}
			move(a, dz, "region", "xzqh", "detail", "xxdz")
			w["dz"] = dz
		}
		if e, ok := p["employment"].(map[string]any); ok {
			l := map[string]any{}
			move(e, l, "post", "gw")
			if t, ok := moment(e, "from", "2006-01-02", "20060102"); ok {
				l["rzrq"] = t
			}
			if t, ok := moment(e, "to", "2006-01-02", "20060102"); ok {
				l["lzrq"] = t
			}
			var yuan, fen int64
			if _, err := fmt.Sscanf(textOf(e["monthlyWage"]), "%d.%d", &yuan, &fen); err == nil || yuan != 0 {
				l["yxgz"] = yuan*100 + fen
			}
			w["ldgx"] = l
		}
		list := map[string]string{"applicant": "sqr", "respondent": "bsqr", "third": "dsf"}[textOf(p["role"])]
		lists[list] = append(lists[list], w)
	}
	for k, v := range lists {
		out[k] = v
	}
	for from, to := range map[string]string{"claims": "qq", "materials": "cl"} {
		var all []any
		items, _ := n[from].([]any)
		for _, v := range items {
			c, _ := v.(map[string]any)
			w := map[string]any{}
			move(c, w, "no", "xh", "text", "nr", "id", "clbh", "name", "mc", "sha256", "zy", "size", "dx", "mediaType", "mtlx", "forParty", "dsrbh")
			w["lx"] = map[string]string{"compensation": "02", "application": "01"}[textOf(c["type"])]
			all = append(all, w)
		}
		if len(all) > 0 {
			out[to] = all
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(out)
	return b.Bytes(), err
}

func textOf(v any) string { s, _ := v.(string); return s }
