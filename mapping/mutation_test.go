package mapping

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"
)

// Without any one of its lines a clean table has an error: the checks see every field.
func TestEveryRuleIsMissed(t *testing.T) {
	for _, file := range []string{"mappings/case.delegated.yaml", "mappings/case.accepted.yaml", "mappings/common/person.yaml"} {
		lines := strings.Split(readPack(t, file), "\n")
		for i, line := range lines {
			if !strings.HasPrefix(strings.TrimSpace(line), "- {") || strings.Contains(line, "localCaseNo") || strings.Contains(line, "nat: due") {
				continue
			}
			if strings.Contains(line, "computed") {
				continue // czsj is then undeclared, told below
			}
			text := strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "\n")
			set, fs := CompilePack(testSource(t, edited(t, map[string]string{file: text})))
			if !set.HasErrors() {
				t.Errorf("%s without line %d (%s) is found clean:\n%s", file, i+1, strings.TrimSpace(line), findings(fs))
			}
		}
	}
}

// No damage to a file makes the compiler panic.
func FuzzCompile(f *testing.F) {
	f.Add("mappings/case.delegated.yaml", "rules:\n  - {nat: caseNo, loc: wbbh}\n")
	base := os.DirFS("testdata/pack")
	_ = fs.WalkDir(base, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, _ := fs.ReadFile(base, name)
			f.Add(name, string(b))
		}
		return nil
	})
	f.Fuzz(func(t *testing.T, name, text string) {
		switch {
		case strings.HasPrefix(name, "mappings/"), strings.HasPrefix(name, "codes/"), strings.HasPrefix(name, "schemas/"):
		default:
			name = "mappings/case.delegated.yaml"
		}
		if !fs.ValidPath(name) {
			return
		}
		began := time.Now()
		set, _ := CompilePack(testSource(t, edited(t, map[string]string{name: text})))
		if d := time.Since(began); d > 5*time.Second {
			t.Fatalf("compiling took %v", d)
		}
		for _, typ := range set.Types() {
			p, _ := set.Program(typ)
			_, _, _ = p.ToLocal(nil, []byte(delegated), &testEnv)
			_, _, _ = p.ToNational(nil, []byte(`{"ajbh":"L1","Body":{"Case":{"wbbh":"1"}}}`), &testEnv)
		}
	})
}
