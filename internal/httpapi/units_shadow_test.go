package httpapi_test

import (
	"testing"

	"duijie/internal/gateway"
)

func TestRehearsalIsReported(t *testing.T) {
	s := start(t, nil)
	s.gw.Views = []gateway.UnitView{{Code: "510000"}}
	s.gw.Rehearsed = gateway.Rehearsal{Messages: 2, Translated: 1, Failed: 1, ByType: []gateway.RehearsedType{
		{Type: "case.delegated", Messages: 2, Translated: 1, Errors: []gateway.RehearsedError{{Code: "charset", Count: 1, Rule: "mappings/a.yaml:3"}}}}}
	const want = `{"messages":2,"translated":1,"failed":1,"byType":[{"type":"case.delegated","messages":2,"translated":1,"errors":[{"code":"charset","count":1,"rule":"mappings/a.yaml:3"}]}]}`
	if got := s.admin("GET", "/admin/v1/units/510000/shadow", ""); got.StatusCode != 200 || string(got.raw) != want+"\n" {
		t.Errorf("%d %s", got.StatusCode, got.raw)
	}
	s.admin("GET", "/admin/v1/units/1/shadow", "").wantProblem(t, 404, "unknown-unit")
}
