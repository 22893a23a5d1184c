package httpapi_test

import (
	"strings"
	"testing"

	"duijie/internal/stats"
)

func withFigures(t *testing.T) *running {
	s := start(t, nil)
	days := 9
	s.gw.Figures = stats.Statistics{Counts: stats.Counts{Closed: 2, AmountAgreed: "1234.50", MedianDays: &days},
		ByCity: []stats.ByCity{{Region: "510100", Counts: stats.Counts{Closed: 2, AmountAgreed: "1234.50"}}}}
	return s
}

func TestStatisticsAsJSONAndTables(t *testing.T) {
	s := withFigures(t)
	const path = "/admin/v1/stats?unit=510000&period=2026-11"
	got := s.admin("GET", path, "")
	if got.StatusCode != 200 || got.json["period"] != "2026-11" || got.json["counts"].(map[string]any)["medianDays"] != 9.0 {
		t.Errorf("%d %s", got.StatusCode, got.raw)
	}
	csv := string(s.admin("GET", path+"&format=csv", "").raw)
	lines := strings.Split(strings.TrimPrefix(csv, "\ufeff"), "\n")
	if !strings.HasPrefix(lines[0], "scope,name,delegated,") || !strings.HasPrefix(lines[1], "unit,510000,0,") || !strings.Contains(lines[1], ",1234.50,") || !strings.HasPrefix(lines[2], "city,510100,") {
		t.Errorf("csv %q", csv)
	}
	page := s.admin("GET", path+"&format=html", "", "Accept-Language", "zh")
	for _, want := range []string{"510000 调解情况统计 2026-11", "<th>办结</th><td>2</td><td>2</td>", "1234.50"} {
		if !strings.Contains(string(page.raw), want) {
			t.Errorf("page lacks %q: %s", want, page.raw)
		}
	}
	behind := s.admin("GET", path+"&figure=closed", "")
	if !strings.Contains(string(behind.raw), `"cases":["510000-2026-11-closed"]`) {
		t.Errorf("behind closed: %s", behind.raw)
	}
	s.admin("GET", "/admin/v1/stats?unit=510000", "").wantProblem(t, 422, "parameter")
	s.admin("GET", path+"&format=pdf", "").wantProblem(t, 422, "parameter")
}

func TestStatisticsGoUp(t *testing.T) {
	s := withFigures(t)
	got := s.admin("POST", "/admin/v1/stats", `{"unit":"510000","period":"2026-11"}`)
	if got.StatusCode != 200 || got.json["receipt"] != "r-stats" {
		t.Errorf("%d %s", got.StatusCode, got.raw)
	}
	s.admin("POST", "/admin/v1/stats", `{"unit":"510000"}`).wantProblem(t, 422, "parameter")
}
