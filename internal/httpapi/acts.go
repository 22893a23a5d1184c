package httpapi

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/problem"
	"duijie/internal/queue"
)

// acted answers an act: the state now, and every delivery that changed (a lane's, a
// resend's new one).
func (s *Server) acted(c echo.Context, a queue.Acted, err error) error {
	if err == nil {
		err = a.Err
	}
	if err != nil {
		return fmt.Errorf("act: %w", err)
	}
	return answerJSON(c, map[string]any{"receipt": pathParam(c, "receipt"), "state": a.State, "receipts": list(a.Receipts)})
}

// because is the body of acts that need nothing but a reason.
type because struct {
	Reason string `json:"reason"`
}

func (s *Server) reason(c echo.Context) (string, error) {
	var in because
	if err := decode(s, c, &in); err != nil {
		return "", err
	}
	err := text("/reason", &in.Reason, true)
	return in.Reason, err
}

// revealPayload is POST …/payload: unmasked, and on the audit log before it is answered.
func (s *Server) revealPayload(c echo.Context) error {
	reason, err := s.reason(c)
	if err != nil {
		return err
	}
	receipt := pathParam(c, "receipt")
	raw, err := s.gw.Reveal(c.Request().Context(), operatorOf(c), receipt, reason)
	if err != nil {
		return fmt.Errorf("reveal payload: %w", err)
	}
	return answerJSON(c, struct {
		Receipt string          `json:"receipt"`
		Payload json.RawMessage `json:"payload"`
	}{receipt, jsonOrText(raw)})
}

func (s *Server) retry(c echo.Context) error {
	var in because // tolerated, kept by nobody
	if err := decode(s, c, &in); err != nil {
		return err
	}
	a, err := s.gw.Retry(c.Request().Context(), operatorOf(c), pathParam(c, "receipt"))
	return s.acted(c, a, err)
}

func (s *Server) cancel(c echo.Context) error {
	var in struct {
		Reason string `json:"reason"`
		Lane   bool   `json:"lane"`
	}
	if err := decode(s, c, &in); err != nil {
		return err
	}
	if err := text("/reason", &in.Reason, true); err != nil {
		return err
	}
	a, err := s.gw.Cancel(c.Request().Context(), operatorOf(c), pathParam(c, "receipt"), in.Reason, in.Lane)
	return s.acted(c, a, err)
}

func (s *Server) ack(c echo.Context) error {
	var in struct {
		LocalRef string `json:"localRef"`
		Reason   string `json:"reason"`
	}
	if err := decode(s, c, &in); err != nil {
		return err
	}
	if err := text("/localRef", &in.LocalRef, false); err != nil {
		return err
	}
	if err := text("/reason", &in.Reason, true); err != nil {
		return err
	}
	a, err := s.gw.Ack(c.Request().Context(), operatorOf(c), pathParam(c, "receipt"), in.LocalRef, in.Reason)
	return s.acted(c, a, err)
}

func (s *Server) skip(c echo.Context) error {
	reason, err := s.reason(c)
	if err != nil {
		return err
	}
	a, err := s.gw.Skip(c.Request().Context(), operatorOf(c), pathParam(c, "receipt"), reason)
	return s.acted(c, a, err)
}

func (s *Server) resend(c echo.Context) error {
	reason, err := s.reason(c)
	if err != nil {
		return err
	}
	a, err := s.gw.Resend(c.Request().Context(), operatorOf(c), pathParam(c, "receipt"), reason)
	return s.acted(c, a, err)
}

// redriveRequest is the body of POST /admin/v1/redrive; reason is a hold reason.
type redriveRequest struct {
	Unit      string   `json:"unit"`
	Direction string   `json:"direction"`
	State     string   `json:"state"`
	Type      string   `json:"type"`
	Subject   string   `json:"subject"`
	Reason    string   `json:"reason"`
	Since     string   `json:"since"`
	Until     string   `json:"until"`
	Receipts  []string `json:"receipts"`
	DryRun    bool     `json:"dryRun"`
}

// redrive is POST /admin/v1/redrive: 202 and the job; 200 and the count where dry.
func (s *Server) redrive(c echo.Context) error {
	var in redriveRequest
	if err := decode(s, c, &in); err != nil {
		return err
	}
	r := gateway.Redrive{Unit: in.Unit, Direction: in.Direction, State: in.State, Type: in.Type, Subject: in.Subject,
		Reason: in.Reason, Receipts: in.Receipts, DryRun: in.DryRun}
	if r.Unit == "" && r.Type == "" && r.Reason == "" && len(r.Receipts) == 0 {
		return &problem.Problem{Code: "parameter", Detail: "at least one of unit, type, reason, receipts",
			Items: []problem.Item{{Pointer: "/unit", Code: "required"}}}
	}
	if err := oneOf("/state", in.State, string(queue.Held), string(queue.Queued), string(queue.Acked)); err != nil {
		return err
	}
	if err := oneOf("/direction", in.Direction, string(queue.ToLocal), string(queue.ToNational)); err != nil {
		return err
	}
	var err error
	if r.Since, err = instant("/since", in.Since); err != nil {
		return err
	}
	if r.Until, err = instant("/until", in.Until); err != nil {
		return err
	}
	job, err := s.gw.Redrive(c.Request().Context(), operatorOf(c), r)
	if err != nil {
		return fmt.Errorf("redrive: %w", err)
	}
	if in.DryRun {
		return answerJSON(c, viewJob(job))
	}
	c.Response().Header().Set("Location", "/admin/v1/jobs/"+job.ID)
	return writeJSON(c, http.StatusAccepted, jsonType, viewJob(job))
}

// jobAnswer is a bulk act's progress.
type jobAnswer struct {
	ID        *string `json:"id"`
	State     string  `json:"state"` // running done cancelled failed
	Total     int     `json:"total"`
	Done      int     `json:"done"`
	Failed    int     `json:"failed"`
	DryRun    bool    `json:"dryRun"`
	StartedAt *string `json:"startedAt"`
	EndedAt   *string `json:"endedAt"`
}

func viewJob(j gateway.Job) jobAnswer {
	return jobAnswer{orNull(j.ID), j.State, j.Total, j.Done, j.Failed, j.DryRun, stamp(j.StartedAt), stampAt(j.EndedAt)}
}

func (s *Server) getJob(c echo.Context) error {
	job, ok := s.gw.Job(pathParam(c, "id"))
	if !ok {
		return notFound()
	}
	return answerJSON(c, viewJob(job))
}

func (s *Server) cancelJob(c echo.Context) error {
	job, ok := s.gw.CancelJob(operatorOf(c), pathParam(c, "id"))
	if !ok {
		return notFound()
	}
	return answerJSON(c, viewJob(job))
}
