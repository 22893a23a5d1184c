package httpapi

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"

	"duijie/internal/i18n"
	"duijie/internal/problem"
	"duijie/internal/stats"
)

// stats is GET /admin/v1/stats: the figures of a period as JSON, CSV or a page to
// print; with figure the cases behind one.
func (s *Server) stats(c echo.Context) error {
	q := newQuery(c, "unit", "period", "figure", "format")
	unit, period, figure := q.required("unit"), q.required("period"), q.text("figure")
	format := q.one("format", "json", "csv", "html")
	if err := q.err(); err != nil {
		return err
	}
	if figure != "" {
		cases, err := s.gw.Behind(unit, period, figure)
		if err != nil {
			return fmt.Errorf("statistics: %w", err)
		}
		return answerJSON(c, map[string]any{"unit": unit, "period": period, "figure": figure, "cases": cases})
	}
	figures, err := s.gw.Statistics(unit, period)
	if err != nil {
		return fmt.Errorf("statistics: %w", err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	c.Response().Header().Set("X-Content-Type-Options", "nosniff")
	switch format {
	case "csv":
		b, err := statsCSV(figures)
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Disposition", `attachment; filename="stats-`+figures.Period+`.csv"`)
		return c.Blob(http.StatusOK, "text/csv; charset=utf-8", b)
	case "html":
		b, err := statsPage(figures, s.langOf(c))
		if err != nil {
			return err
		}
		c.Response().Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		return c.Blob(http.StatusOK, "text/html; charset=utf-8", b)
	}
	return answerJSON(c, figures)
}

// reportStats is POST /admin/v1/stats {"unit","period"}: the figures go up as stats.period.reported.
func (s *Server) reportStats(c echo.Context) error {
	var in struct {
		Unit   string `json:"unit"`
		Period string `json:"period"`
	}
	if err := decode(s, c, &in); err != nil {
		return err
	}
	if in.Unit == "" || in.Period == "" {
		return &problem.Problem{Code: "parameter", Items: []problem.Item{{Pointer: "/unit", Code: "required"}, {Pointer: "/period", Code: "required"}}}
	}
	a, err := s.gw.ReportStatistics(c.Request().Context(), operatorOf(c), in.Unit, in.Period)
	if err != nil {
		return fmt.Errorf("report statistics: %w", err)
	}
	return answerJSON(c, map[string]any{"receipt": a.Receipt, "duplicate": a.Duplicate})
}

// statsRows are the figures as a table: a line for the whole, each city, each category.
func statsRows(s stats.Statistics) (head []string, rows [][]string, err error) {
	head = append([]string{"scope", "name"}, stats.Figures()...)
	add := func(scope, name string, c stats.Counts) error {
		b, err := json.Marshal(c)
		if err != nil {
			return err
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.UseNumber()
		values := map[string]any{}
		if err := dec.Decode(&values); err != nil {
			return err
		}
		row := []string{scope, name}
		for _, f := range stats.Figures() {
			if v, ok := values[f]; ok {
				row = append(row, fmt.Sprint(v))
			} else {
				row = append(row, "")
			}
		}
		rows = append(rows, row)
		return nil
	}
	if err := add("unit", s.Unit, s.Counts); err != nil {
		return nil, nil, err
	}
	for _, c := range s.ByCity {
		if err := add("city", c.Region, c.Counts); err != nil {
			return nil, nil, err
		}
	}
	for _, c := range s.ByCategory {
		if err := add("category", c.Category, c.Counts); err != nil {
			return nil, nil, err
		}
	}
	return head, rows, nil
}

func statsCSV(s stats.Statistics) ([]byte, error) {
	head, rows, err := statsRows(s)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("\ufeff") // spreadsheets take UTF-8 for the local charset without it
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{head}, rows...)); err != nil {
		return nil, fmt.Errorf("write csv: %w", err)
	}
	return b.Bytes(), nil
}

// statsTemplate is turned on its side: figures are lines, so that it fits a sheet of A4.
var statsTemplate = template.Must(template.New("stats").Parse(`<!doctype html><html lang="{{.Lang}}"><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font:14px/1.5 sans-serif;margin:2em}h1{font-size:1.3em}table{border-collapse:collapse}th,td{border:1px solid #999;padding:.2em .6em;text-align:right}
th:first-child{text-align:left}thead th{background:#eee}@media print{body{margin:0}}</style>
<h1>{{.Title}}</h1><table><thead><tr><th></th>{{range .Names}}<th>{{.}}</th>{{end}}</tr></thead><tbody>
{{range .Lines}}<tr><th>{{.Label}}</th>{{range .Values}}<td>{{.}}</td>{{end}}</tr>
{{end}}</tbody></table></html>
`))

func statsPage(s stats.Statistics, l i18n.Lang) ([]byte, error) {
	head, rows, err := statsRows(s)
	if err != nil {
		return nil, err
	}
	type line struct {
		Label  string
		Values []string
	}
	page := struct {
		Lang, Title string
		Names       []string
		Lines       []line
	}{Lang: string(l), Title: i18n.Say(l, "stats.title", s.Unit, s.Period)}
	for _, r := range rows {
		page.Names = append(page.Names, r[1])
	}
	for i, figure := range head[2:] {
		one := line{Label: i18n.Say(l, "stats."+figure)}
		for _, r := range rows {
			one.Values = append(one.Values, r[i+2])
		}
		page.Lines = append(page.Lines, one)
	}
	var b bytes.Buffer
	if err := statsTemplate.Execute(&b, page); err != nil {
		return nil, fmt.Errorf("write page: %w", err)
	}
	return b.Bytes(), nil
}
