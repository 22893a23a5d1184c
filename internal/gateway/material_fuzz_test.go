package gateway

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"duijie/internal/material"
)

// FuzzMaterialsOf: whatever the data, the walk ends, and what it finds are digests
// that stand in it.
func FuzzMaterialsOf(f *testing.F) {
	d := strings.Repeat("ab", 32)
	for _, seed := range []string{`{"materials":[{"sha256":"` + d + `","name":"x"}]}`, `[[[{"sha256":"` + d + `"`, `{"sha256":{"sha256":"` + d + `"}}`, `{"sha256"`, `null`, `{"a":1}{"sha256":"` + d + `"}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, m := range materialsOf(data) {
			if !material.Valid(m.SHA256) {
				t.Fatalf("%q is no digest", m.SHA256)
			}
			if json.Valid(data) && !bytes.ContainsRune(data, '\\') && !bytes.Contains(data, []byte(m.SHA256)) {
				t.Fatalf("%s does not stand in it", m.SHA256)
			}
		}
		for _, one := range digestsIn(data, nil) {
			if !material.Valid(one) || !bytes.Contains(bytes.ToLower(data), []byte(one)) {
				t.Fatalf("%q", one)
			}
		}
	})
}
