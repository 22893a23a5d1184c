package httpapi

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"duijie/internal/problem"
)

// idsAnswer is what the crosswalk knows of a case.
type idsAnswer struct {
	Unit        string   `json:"unit"`
	Subject     string   `json:"subject"`
	State       *string  `json:"state"`
	IDs         caseIDs  `json:"ids"`
	OtherLocal  []string `json:"otherLocal"` // local ids that answers named besides
	Contested   bool     `json:"contested"`
	ContestedBy *string  `json:"contestedBy"`
}

// getIDs is GET /admin/v1/cases/{unit}/{subject}/ids; subject may be any id of the case.
func (s *Server) getIDs(c echo.Context) error {
	unit, subject := pathParam(c, "unit"), pathParam(c, "subject")
	found, err := s.gw.Case(unit, subject)
	if err != nil {
		return fmt.Errorf("read case: %w", err)
	}
	v := idsAnswer{Unit: unit, Subject: subject, State: orNull(found.State), OtherLocal: list(found.OtherLocal), Contested: found.Contested,
		ContestedBy: orNull(found.ContestedBy), IDs: caseIDs{orNull(found.National), orNull(found.Local), orNull(found.Court)}}
	if found.National != "" {
		v.Subject = found.National
	}
	return answerJSON(c, v)
}

// idsRequest binds or retires.
type idsRequest struct {
	Local  string `json:"local"`
	Court  string `json:"court"`
	Reason string `json:"reason"`
}

func (s *Server) idsBody(c echo.Context) (idsRequest, error) {
	var in idsRequest
	if err := decode(s, c, &in); err != nil {
		return in, err
	}
	if err := text("/local", &in.Local, false); err != nil {
		return in, err
	}
	if err := text("/court", &in.Court, false); err != nil {
		return in, err
	}
	if in.Local == "" && in.Court == "" {
		return in, &problem.Problem{Code: "parameter", Detail: "at least one of local, court", Items: []problem.Item{{Pointer: "/local", Code: "required"}}}
	}
	err := text("/reason", &in.Reason, true)
	return in, err
}

// bindIDs is POST …/ids.
func (s *Server) bindIDs(c echo.Context) error {
	in, err := s.idsBody(c)
	if err != nil {
		return err
	}
	if err := s.gw.Bind(c.Request().Context(), operatorOf(c), pathParam(c, "unit"), pathParam(c, "subject"), in.Local, in.Court, in.Reason); err != nil {
		return fmt.Errorf("bind ids: %w", err)
	}
	return s.getIDs(c)
}

// retireIDs is DELETE …/ids.
func (s *Server) retireIDs(c echo.Context) error {
	in, err := s.idsBody(c)
	if err != nil {
		return err
	}
	if err := s.gw.Retire(c.Request().Context(), operatorOf(c), pathParam(c, "unit"), pathParam(c, "subject"), in.Local, in.Court, in.Reason); err != nil {
		return fmt.Errorf("retire ids: %w", err)
	}
	return s.getIDs(c)
}
