package httpapi

import (
	"fmt"
	"slices"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/problem"
)

// unitAnswer is a unit as operators see it; counts are by state.
type unitAnswer struct {
	Code             string         `json:"code"`
	Name             string         `json:"name"`
	Pack             string         `json:"pack"`
	Version          string         `json:"version"`
	Mode             string         `json:"mode"`
	Since            *string        `json:"since"`
	FileMode         string         `json:"fileMode"` // what the configuration says
	Status           string         `json:"status"`   // ok trouble paused broken
	Trouble          *string        `json:"trouble"`  // its cause
	TroubleAt        *string        `json:"troubleAt"`
	Breaker          string         `json:"breaker"`
	Counts           map[string]int `json:"counts"`
	ToLocal          map[string]int `json:"toLocal"`
	ToNational       map[string]int `json:"toNational"`
	Oldest           *string        `json:"oldest"`
	OldestToLocal    *string        `json:"oldestToLocal"`
	OldestToNational *string        `json:"oldestToNational"`
	Types            []string       `json:"types"`
}

func viewUnit(u gateway.UnitView) unitAnswer {
	return unitAnswer{Code: u.Code, Name: u.Name, Pack: u.Pack, Version: u.Version, Mode: u.Mode, Since: stampAt(u.Since), FileMode: u.FileMode,
		Status: u.Status, Trouble: orNull(u.Trouble), TroubleAt: stampAt(u.TroubleAt), Breaker: u.Breaker,
		Counts: everyState(u.Counts), ToLocal: everyState(u.ToLocal), ToNational: everyState(u.ToNational),
		Oldest: stampAt(u.Oldest), OldestToLocal: stampAt(u.OldestToLocal), OldestToNational: stampAt(u.OldestToNational), Types: list(u.Types)}
}

// listUnits is GET /admin/v1/units.
func (s *Server) listUnits(c echo.Context) error {
	units := s.gw.Units()
	out := make([]unitAnswer, 0, len(units))
	for _, u := range units {
		out = append(out, viewUnit(u))
	}
	return answerJSON(c, map[string]any{"units": out})
}

// answerUnit is the answer to every change of a unit: the unit as it now stands.
func (s *Server) answerUnit(c echo.Context, err error) error {
	if err != nil {
		return fmt.Errorf("change unit: %w", err)
	}
	units := s.gw.Units()
	i := slices.IndexFunc(units, func(u gateway.UnitView) bool { return u.Code == pathParam(c, "code") })
	if i < 0 {
		return &problem.Problem{Code: "unknown-unit"}
	}
	return answerJSON(c, viewUnit(units[i]))
}

func (s *Server) pause(c echo.Context) error  { return s.setPaused(c, true) }
func (s *Server) resume(c echo.Context) error { return s.setPaused(c, false) }

func (s *Server) setPaused(c echo.Context, paused bool) error {
	var in because // tolerated
	if err := decode(s, c, &in); err != nil {
		return err
	}
	return s.answerUnit(c, s.gw.Pause(c.Request().Context(), operatorOf(c), pathParam(c, "code"), paused))
}

// setMode is POST /admin/v1/units/{code}/mode; parallel needs since.
func (s *Server) setMode(c echo.Context) error {
	var in struct {
		Mode  string `json:"mode"`
		Since string `json:"since"`
	}
	if err := decode(s, c, &in); err != nil {
		return err
	}
	if in.Mode == "" {
		return parameter("/mode", "required", "")
	}
	if err := oneOf("/mode", in.Mode, "resident", "parallel", "docked"); err != nil {
		return err
	}
	since, err := instant("/since", in.Since)
	if err != nil {
		return err
	}
	if in.Mode == "parallel" && since.IsZero() {
		return parameter("/since", "required", "")
	}
	return s.answerUnit(c, s.gw.SetMode(c.Request().Context(), operatorOf(c), pathParam(c, "code"), in.Mode, since))
}

// rehearsal is GET /admin/v1/units/{code}/shadow.
func (s *Server) rehearsal(c echo.Context) error {
	r, err := s.gw.Rehearsal(pathParam(c, "code"))
	if err != nil {
		return fmt.Errorf("rehearsal: %w", err)
	}
	return answerJSON(c, r)
}

// reloadRefused carries the lint errors into the problem document.
type reloadRefused struct{ findings []gateway.Finding }

func (reloadRefused) Error() string { return "reload refused" }
func (reloadRefused) Unwrap() error { return &problem.Problem{Code: "reload"} }

// reload is POST /admin/v1/reload?dryRun=1.
func (s *Server) reload(c echo.Context) error {
	q := newQuery(c, "dryRun")
	dry := q.flag("dryRun")
	if err := q.err(); err != nil {
		return err
	}
	if err := decode(s, c, &struct{}{}); err != nil {
		return err
	}
	r, err := s.gw.Reload(c.Request().Context(), operatorOf(c), dry)
	if err != nil {
		return fmt.Errorf("reload: %w", err)
	}
	r.Findings = list(r.Findings)
	if !dry && !r.Applied {
		return reloadRefused{r.Findings}
	}
	return answerJSON(c, r)
}
