package httpapi_test

import (
	"testing"

	"duijie/internal/gateway"
)

func TestExplainAsksForWhatItNeeds(t *testing.T) {
	s := start(t, nil)
	s.gw.Views = []gateway.UnitView{{Code: "510000"}}
	for body, want := range map[string]int{
		`{"unit":"510000","type":"case.delegated","direction":"to-local","data":{"caseNo":"C1"}}`: 200,
		`{"unit":"510000","type":"case.delegated","data":"<a/>"}`:                                 200,
		`{"unit":"1","type":"case.delegated","data":{}}`:                                          404,
		`{"unit":"510000","type":"case.delegated"}`:                                               422,
		`{"unit":"510000","type":"case.delegated","direction":"down","data":{}}`:                  422,
	} {
		if got := s.admin("POST", "/admin/v1/explain", body); got.StatusCode != want {
			t.Errorf("%s: %d %s", body, got.StatusCode, got.raw)
		}
	}
	if acts := s.gw.Acts(); len(acts) != 0 {
		t.Errorf("explaining did %v", acts)
	}
}
