package httpapi

import "testing"

func TestContentRange(t *testing.T) {
	for text, want := range map[string][3]int64{"bytes 0-9/10": {0, 9, 10}, "bytes 5-5/6": {5, 5, 6}} {
		from, to, total, ok := contentRange(text)
		if !ok || [3]int64{from, to, total} != want {
			t.Errorf("%s: %d %d %d %v", text, from, to, total, ok)
		}
	}
	for _, text := range []string{"", "bytes", "0-9/10", "bytes 0-9", "bytes 0-9/*", "bytes */10", "bytes 9-0/10", "bytes 0-10/10", "bytes -1-9/10", "bytes +0-9/10", "bytes 0-9/10 ", "bytes 0-9/99999999999999999999", "items 0-9/10"} {
		if _, _, _, ok := contentRange(text); ok {
			t.Errorf("%q is taken", text)
		}
	}
}
