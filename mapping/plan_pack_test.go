package mapping

import (
	"os"
	"testing"

	national "duijie/schemas"
)

// provinceSource is a built-in pack as the loader gives it to the compiler.
func provinceSource(t testing.TB, unknown string) Source {
	t.Helper()
	return Source{
		Name: "510000", FS: os.DirFS("provinces/510000"), Profile: national.Profile(),
		Way:        func(typ string) string { f, _ := national.Lookup(typ); return f.Way },
		Key:        func(typ string) string { f, _ := national.Lookup(typ); return f.Key },
		SinkFormat: "json", SourceFormat: "json", SinkCharset: "UTF-8", SourceCharset: "UTF-8",
		NoneLoc: []string{"", "absent"}, Unknown: unknown,
	}
}

func TestPlanIsTheTreeOnAProvincesPack(t *testing.T) {
	set := mustCompile(t, provinceSource(t, "drop"))
	held(t, set, 200)
}
