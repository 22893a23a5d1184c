package httpapi

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/material"
	"duijie/internal/problem"
)

// putMaterial is PUT /v1/materials/{sha256}: a material, or a part of it. Who
// asks is known before a byte of the body is read, which the signature does not cover.
func (s *Server) putMaterial(c echo.Context) error {
	r := c.Request()
	part, err := s.partOf(r)
	part.Digest = pathParam(c, "digest")
	var caller gateway.Caller
	if err == nil {
		caller, err = s.authenticate(r, nil)
	}
	var taken material.Taken
	body := &paced{r: r.Body, control: http.NewResponseController(c.Response())}
	if err == nil {
		taken, err = s.gw.PutMaterial(r.Context(), caller, part, body)
	}
	if body.read < r.ContentLength || r.ContentLength < 0 {
		drain(c.Response(), r)
	}
	if err != nil {
		return fmt.Errorf("put material: %w", err)
	}
	_ = http.NewResponseController(c.Response()).SetWriteDeadline(time.Now().Add(writeTimeout)) // else the listener's own holds
	h := c.Response().Header()
	status := http.StatusAccepted
	switch {
	case taken.Was:
		status = http.StatusOK
	case taken.Whole:
		status = http.StatusCreated
		h.Set("Location", s.cfg.PublicPath+"/v1/materials/"+part.Digest)
	default:
		setHeld(h, taken.Bytes)
	}
	return writeJSON(c, status, jsonType, map[string]any{"sha256": part.Digest, "bytes": taken.Bytes})
}

// partOf reads length and range of what is put.
func (s *Server) partOf(r *http.Request) (material.Part, error) {
	var p material.Part
	if r.ContentLength < 0 || r.ContentLength == 0 && r.Header.Get("Content-Length") == "" {
		return p, &problem.Problem{Code: "length"}
	}
	p.Length, p.Total = r.ContentLength, r.ContentLength
	if text := r.Header.Get("Content-Range"); text != "" {
		var to int64
		var ok bool
		if p.From, to, p.Total, ok = contentRange(text); !ok || to-p.From+1 != p.Length {
			return p, &problem.Problem{Code: "malformed", Detail: "Content-Range must be bytes A-B/N, of as many bytes as Content-Length says"}
		}
	}
	if limit := s.cfg.MaxMaterial; limit > 0 && p.Total > limit {
		return p, &problem.Problem{Code: "too-large"}
	}
	return p, nil
}

// contentRange reads "bytes A-B/N".
func contentRange(text string) (from, to, total int64, ok bool) {
	span, size, found := strings.Cut(strings.TrimPrefix(text, "bytes "), "/")
	first, last, both := strings.Cut(span, "-")
	if !found || !both || !strings.HasPrefix(text, "bytes ") {
		return 0, 0, 0, false
	}
	for _, n := range []struct {
		text string
		into *int64
	}{{first, &from}, {last, &to}, {size, &total}} {
		v, err := strconv.ParseUint(n.text, 10, 62)
		if err != nil {
			return 0, 0, 0, false
		}
		*n.into = int64(v)
	}
	return from, to, total, from <= to && to < total
}

// setHeld says how much of an unfinished upload is there.
func setHeld(h http.Header, bytes int64) {
	if bytes > 0 {
		h.Set("Range", "bytes=0-"+strconv.FormatInt(bytes-1, 10))
	}
}

// getMaterial is GET and HEAD /v1/materials/{sha256}. Of an unfinished upload of
// the caller's own it says how much is there.
func (s *Server) getMaterial(c echo.Context) error {
	caller, err := s.reader(c)
	if err != nil {
		return err
	}
	digest := pathParam(c, "digest")
	content, err := s.gw.Material(caller, digest)
	if err != nil {
		var p *problem.Problem
		if errors.As(err, &p) && p.Code == "not-found" {
			setHeld(c.Response().Header(), s.gw.HeldMaterial(caller, digest))
		}
		return fmt.Errorf("read material: %w", err)
	}
	defer content.Close()
	gateway.ServeMaterial(c.Response(), c.Request(), digest, content)
	return nil
}

// paced gives a body time as long as it keeps coming: a large one on a slow line
// takes longer than any one request may wait.
type paced struct {
	r       io.Reader
	control *http.ResponseController
	read    int64 // bytes
}

func (p *paced) Read(b []byte) (int, error) {
	if err := p.control.SetReadDeadline(time.Now().Add(bodyTimeout)); err != nil {
		return 0, fmt.Errorf("read body: %w", err)
	}
	n, err := p.r.Read(b)
	p.read += int64(n)
	return n, err
}
