package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"
)

const jsonType = "application/json"

// writeJSON answers with one JSON value, encoded whole before the first byte goes.
func writeJSON(c echo.Context, status int, mediaType string, v any) error {
	var b bytes.Buffer
	if err := encodeLine(&b, v); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	if c.Request().Method == http.MethodHead {
		h.Set("Content-Type", mediaType)
		c.Response().WriteHeader(status)
		return nil
	}
	return c.Blob(status, mediaType, b.Bytes())
}

func answerJSON(c echo.Context, v any) error { return writeJSON(c, http.StatusOK, jsonType, v) }

// encodeLine writes v and a line break, without escaping < > &.
func encodeLine(b *bytes.Buffer, v any) error {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return nil
}
