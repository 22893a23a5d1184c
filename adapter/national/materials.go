package national

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/adapter/client"
	"duijie/adapter/rules"
)

// RouteInfo implements adapter.Router: where the platform takes materials, a
// message waits until they are there.
func (s *Sink) RouteInfo(string) (adapter.RouteInfo, bool) {
	info := adapter.RouteInfo{OnUnknown: "retry", Materials: "none"}
	if s.materials != nil {
		info.Materials = "first-put:/{sha256}"
	}
	return info, true
}

// Prepares implements adapter.Preparer.
func (s *Sink) Prepares(string) bool { return s.materials != nil }

// Prepare implements adapter.Preparer: each material is asked for and, where the
// platform does not have it, put; what a broken connection left there is gone on with.
func (s *Sink) Prepare(ctx context.Context, m adapter.Message) error {
	for _, one := range m.Materials {
		if err := s.supply(ctx, m, one); err != nil {
			return fmt.Errorf("material %s: %w", one.SHA256, err)
		}
	}
	return nil
}

// mostRounds bounds how often one attempt goes on behind what the platform says it holds.
const mostRounds = 20

func (s *Sink) supply(ctx context.Context, m adapter.Message, one adapter.Material) error {
	has, held, err := s.ask(ctx, m, one)
	if err != nil || has {
		return err
	}
	for range mostRounds {
		status, now, err := s.putFrom(ctx, m, one, held)
		switch {
		case err != nil:
			return err
		case status == http.StatusUnprocessableEntity: // what was held was something else
			held = 0
			continue
		case status != http.StatusAccepted:
			return nil
		case now <= held && held > 0: // it does not get on: from the beginning, next time
			return errors.New("the platform takes no more of it")
		}
		held = now
	}
	return errors.New("the platform takes it in too small parts")
}

// ask finds whether the platform has a material, or how much of it.
func (s *Sink) ask(ctx context.Context, m adapter.Message, one adapter.Material) (has bool, held int64, err error) {
	r, err := s.materialRequest(http.MethodHead, m, one)
	if err != nil {
		return false, 0, err
	}
	r.Question = true
	a, err := s.client.Do(ctx, r)
	switch {
	case err != nil:
		return false, 0, fmt.Errorf("head: %w", err)
	case a.Status/100 == 2:
		return true, 0, nil
	case a.Status == http.StatusNotFound:
		held := heldOf(a.Header)
		if held >= one.Size {
			held = 0 // no part of it: something else
		}
		return false, held, nil
	}
	return false, 0, fmt.Errorf("head: %w", s.judge.Status(rules.Answer{Status: a.Status, Header: a.Header}))
}

// putFrom puts what comes behind the bytes held. 202: the platform holds so much
// now; 422: what it held was no part of it.
func (s *Sink) putFrom(ctx context.Context, m adapter.Message, one adapter.Material, held int64) (status int, now int64, err error) {
	r, err := s.materialRequest(http.MethodPut, m, one)
	if err != nil {
		return 0, 0, err
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	if r.Stream, r.Length, err = from(one, m.Open, held); err != nil {
		return 0, 0, err
	}
	if held > 0 {
		r.Header.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", held, one.Size-1, one.Size))
	}
	if end, ok := ctx.Deadline(); ok {
		r.Timeout = time.Until(end)
	}
	a, err := s.client.Do(ctx, r)
	switch {
	case err != nil:
		return 0, 0, fmt.Errorf("put: %w", err)
	case a.Status == http.StatusAccepted:
		return a.Status, heldOf(a.Header), nil
	case a.Status/100 == 2:
		return a.Status, one.Size, nil
	case a.Status == http.StatusUnprocessableEntity && held > 0:
		return a.Status, 0, nil
	}
	return 0, 0, fmt.Errorf("put: %w", s.judge.Status(rules.Answer{Status: a.Status, Header: a.Header}))
}

// from streams a material behind its first bytes.
func from(one adapter.Material, open adapter.OpenMaterial, skip int64) (io.ReadCloser, int64, error) {
	s := attach.Whole(one, open)
	if skip == 0 {
		return s.Open(), s.Length, nil
	}
	content, size, err := open(one.SHA256)
	if err != nil {
		return nil, 0, err
	}
	if seeker, ok := content.(io.Seeker); ok {
		_, err = seeker.Seek(skip, io.SeekStart)
	} else {
		_, err = io.CopyN(io.Discard, content, skip)
	}
	if err != nil {
		return nil, 0, errors.Join(errors.New("go on behind what the platform holds"), content.Close())
	}
	return content, size - skip, nil
}

// materialRequest is signed over METHOD SP request-target, as bodies of materials are not.
func (s *Sink) materialRequest(method string, m adapter.Message, one adapter.Material) (client.Request, error) {
	u := *s.materials
	u.Path = strings.TrimSuffix(u.Path, "/") + "/" + one.SHA256
	u.RawPath = ""
	r := client.Request{Method: method, URL: &u, Header: http.Header{"Accept": {"application/json"}}}
	return r, s.prove(r.Header, m.Key, []byte(method+" "+(&url.URL{Path: u.Path, RawQuery: u.RawQuery}).RequestURI()))
}

// heldOf reads Range: bytes=0-B.
func heldOf(h http.Header) int64 {
	last, ok := strings.CutPrefix(h.Get("Range"), "bytes=0-")
	n, err := strconv.ParseInt(last, 10, 62)
	if !ok || err != nil || n < 0 {
		return 0
	}
	return n + 1
}

var _ adapter.Preparer = (*Sink)(nil)
