package httpapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"duijie/internal/gateway"
	"duijie/internal/problem"
)

// Over-long bodies are read a little further before the refusal, so that a sender
// still writing gets to read the answer.
const (
	drainBytes = 32 << 20
	drainTime  = 5 * time.Second
)

// emptySignature stands for a signature header without one.
const emptySignature = "none,"

// believed is up to how many announced bytes get their memory before they come.
const believed = 64 << 10

// readBody gives the raw bytes, at most limit.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength <= limit {
		body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), believed)+bytes.MinRead))
		if _, err := body.ReadFrom(io.LimitReader(r.Body, limit+1)); err != nil {
			return nil, &problem.Problem{Code: "malformed", Detail: "the body ended early"}
		}
		if int64(body.Len()) <= limit {
			return body.Bytes(), nil
		}
	}
	drain(w, r)
	return nil, &problem.Problem{Code: "too-large"}
}

func drain(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	if r.Header.Get("Expect") != "" {
		return // it waits for our word before it writes
	}
	deadline := http.NewResponseController(w)
	if err := deadline.SetReadDeadline(time.Now().Add(drainTime)); err != nil {
		return
	}
	_, _ = io.CopyN(io.Discard, r.Body, drainBytes) // politeness only; the refusal stands whatever comes
}

// authenticate finds who is asking, by the raw bytes of the request.
func (s *Server) authenticate(r *http.Request, raw []byte) (gateway.Caller, error) {
	sig := gateway.Signature{
		ID:        r.Header.Get("webhook-id"),
		Timestamp: r.Header.Get("webhook-timestamp"),
		Signature: strings.Join(r.Header.Values("webhook-signature"), " "),
	}
	if len(r.Header.Values("webhook-signature")) > 0 && strings.TrimSpace(sig.Signature) == "" {
		sig.Signature = emptySignature // the header is there: judged by keys, and none fits
	}
	certificate := certificateOf(r)
	if len(raw) > 0 {
		return s.gw.Authenticate(sig, raw, certificate)
	}
	var first error
	for _, target := range s.targets(r) {
		caller, err := s.gw.Authenticate(sig, []byte(r.Method+" "+target), certificate)
		if err == nil {
			return caller, nil
		}
		if first == nil {
			first = err
		}
		var p *problem.Problem
		if !errors.As(err, &p) || p.Code != "signature" {
			break
		}
	}
	return gateway.Caller{}, first
}

// targets are the request-targets that a sender may have signed: as it came, and,
// where a proxy takes publicPath away, as the sender wrote it.
func (s *Server) targets(r *http.Request) []string {
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") {
		target = r.URL.RequestURI() // absolute form
	}
	base := s.cfg.PublicPath
	if base == "" || strings.HasPrefix(target, base+"/") {
		return []string{target}
	}
	return []string{target, base + target}
}

// certificateOf is the client's certificate as configuration names it: sha256 of the DER.
func certificateOf(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return ""
	}
	sum := sha256.Sum256(r.TLS.PeerCertificates[0].Raw)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// reader authenticates a read.
func (s *Server) reader(c echo.Context) (gateway.Caller, error) {
	raw, err := readBody(c.Response(), c.Request(), s.cfg.MaxBody)
	if err != nil {
		return gateway.Caller{}, err
	}
	caller, err := s.authenticate(c.Request(), raw)
	if err != nil {
		return gateway.Caller{}, fmt.Errorf("authenticate: %w", err)
	}
	return caller, nil
}
