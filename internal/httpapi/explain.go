package httpapi

import (
	"encoding/json"
	"fmt"

	"github.com/labstack/echo/v4"

	"duijie/internal/queue"
)

// explain is POST /admin/v1/explain: a translation taken apart, never stored.
func (s *Server) explain(c echo.Context) error {
	var in struct {
		Unit      string          `json:"unit"`
		Type      string          `json:"type"`
		Direction string          `json:"direction"`
		Data      json.RawMessage `json:"data"`
	}
	if err := decode(s, c, &in); err != nil {
		return err
	}
	for _, f := range []struct{ pointer, value string }{{"/unit", in.Unit}, {"/type", in.Type}, {"/data", string(in.Data)}} {
		if f.value == "" {
			return parameter(f.pointer, "required", "")
		}
	}
	if err := oneOf("/direction", in.Direction, string(queue.ToLocal), string(queue.ToNational)); err != nil {
		return err
	}
	e, err := s.gw.Explain(in.Unit, in.Type, in.Direction, in.Data)
	if err != nil {
		return fmt.Errorf("explain: %w", err)
	}
	return answerJSON(c, e)
}
