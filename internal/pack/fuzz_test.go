package pack

import "testing"

// FuzzLoad holds that any pack.yaml gives a value or findings with a place, and never a panic.
func FuzzLoad(f *testing.F) {
	f.Add(small)
	for _, text := range []string{"", "sink: 1\nsource: [1]\n", "codec: {substitute: ../x, declaration: 1}\nnone: {loc: [[a]]}\nsink: {}\n", "sink: {routes: [a]}\nreissue: hold\nvolatile: [a]\nsource: {reads: [1, {}], endpoints: [2], each: 3}\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, findings := loadText(text)
		if p == nil && !Failed(findings) {
			t.Error("neither a value nor an error")
		}
		for _, found := range findings {
			if found.Line < 1 || found.Col < 1 || found.Code == "" || found.Message == "" || found.File == "" {
				t.Errorf("finding without a place: %+v", found)
			}
		}
	})
}
