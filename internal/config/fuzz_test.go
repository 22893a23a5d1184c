package config

import (
	"os"
	"path/filepath"
	"testing"
)

// FuzzLoad holds that any bytes give a value or findings with a place, and never a panic.
func FuzzLoad(f *testing.F) {
	f.Add(whole)
	for _, text := range []string{"", "a: &a [*a]\n", "senders: {a: 1}\nunits: [[], {}, 1, ~]\n", "national: {kind: file, reads: [1]}\n", "? [a]\n: b\n", "tls: &x {cert: *y}\n"} {
		f.Add(text)
	}
	path := filepath.Join(f.TempDir(), "duijie.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, findings := Load(path)
		if c == nil && !Failed(findings) {
			t.Error("neither a value nor an error")
		}
		for _, found := range findings {
			if found.Line < 1 || found.Col < 1 || found.Code == "" || found.Message == "" || found.File == "" {
				t.Errorf("finding without a place: %+v", found)
			}
		}
	})
}
