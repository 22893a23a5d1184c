package event

import (
	"strings"
	"testing"
)

func BenchmarkParseAndDigest(b *testing.B) {
	raw := []byte(with("data", `{"facts":"`+strings.Repeat("虚构", 300)+`","parties":[`+strings.TrimSuffix(strings.Repeat(`{"name":"张某","id":"p1","amount":"1.00"},`, 10), ",")+`]}`))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		e, p := Parse(raw)
		if p != nil {
			b.Fatal(p)
		}
		if _, err := Digest(e); err != nil {
			b.Fatal(err)
		}
	}
}
