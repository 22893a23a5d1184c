package expr_test

import (
	"testing"

	"duijie/internal/codec"
	"duijie/internal/expr"
)

func TestListKeepsTheDocumentsOwnNodes(t *testing.T) {
	body, err := codec.FromJSON([]byte(`{"data":{"rows":[{"b":1.50,"a":"x"},{"b":2,"a":"y"}],"one":{"z":1,"a":[]},"none":null,"text":"","bad":"x"}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := expr.NewScope(expr.Vars{Body: &body, Trace: true})
	for source, want := range map[string][]string{
		`body.data.rows`:                     {`{"b":1.50,"a":"x"}`, `{"b":2,"a":"y"}`},
		`filter(body.data.rows, #.a == "y")`: {`{"b":2,"a":"y"}`},
		`body.data.one`:                      {`{"z":1,"a":[]}`},
		`body.data.none`:                     nil,
		`body.data.text`:                     nil,
		`body.data.absent.deep`:              nil,
		`[{"n": body.data.rows[0].a, "m": body.data.rows[0]}]`: {`{"m":{"b":1.50,"a":"x"},"n":"x"}`},
		`["a", 1, true]`: {`"a"`, `1`, `true`},
	} {
		p, err := expr.Compile(source)
		if err != nil {
			t.Fatal(source, err)
		}
		got, ok, err := p.List(s)
		if err != nil || !ok || len(got) != len(want) {
			t.Errorf("%s: %v %v %v", source, got, ok, err)
			continue
		}
		for i := range got {
			if text := string(codec.AppendJSON(nil, got[i].Value)); text != want[i] {
				t.Errorf("%s: %s, want %s", source, text, want[i])
			}
		}
		if source == `body.data.rows` && got[0].Name != "rows" {
			t.Errorf("name %q", got[0].Name)
		}
	}
	p, _ := expr.Compile(`body.data.bad`)
	if _, ok, _ := p.List(s); ok {
		t.Error("a text was taken for a list")
	}
}
