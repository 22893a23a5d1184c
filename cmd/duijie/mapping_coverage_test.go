package main

import (
	"bytes"
	"strings"
	"testing"

	"duijie/internal/i18n"
	"duijie/mapping"
)

func TestCoveragePageEscapesAndCounts(t *testing.T) {
	page := newCoveragePage("<pack>", i18n.EN, []mapping.Covered{
		{Type: "t", Side: "nat", Path: "a", State: "mapped", Rule: "mappings/t.yaml:3"},
		{Type: "t", Side: "nat", Path: "b", State: "dropped", Why: "<no field>"},
		{Type: "t", Side: "loc", Path: "x", State: "missing"},
	})
	var b bytes.Buffer
	if err := page.write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"&lt;pack&gt;", "&lt;no field&gt;", `<li class="mapped">mapped 1</li><li class="dropped">dropped 1</li>`, `<li class="missing">missing 1</li>`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(b.String(), "<script") {
		t.Error("the page has a script")
	}
}
