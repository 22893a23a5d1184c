package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"duijie/internal/config"
)

// adminClient talks to the admin API.
type adminClient struct {
	base, token string
	http        *http.Client
}

// adminFlags say where the admin API is and who asks.
type adminFlags struct{ url, file, token string }

func (f *adminFlags) flags(c *cobra.Command) {
	c.PersistentFlags().StringVar(&f.url, "admin", "", "the admin listener's address (default http://127.0.0.1:8081)")
	c.PersistentFlags().StringVarP(&f.file, "config", "c", "", "duijie.yaml: the admin listener's address")
	c.PersistentFlags().StringVar(&f.token, "token", "", "the operator's token, env:NAME or file:PATH")
}

func (f *adminFlags) client(s *streams) (*adminClient, error) {
	base, c := strings.TrimSuffix(f.url, "/"), &config.Config{File: "./duijie.yaml"}
	if f.file != "" {
		var err error
		if c, err = loadConfig(s, f.file); err != nil {
			return nil, err
		}
		if base == "" {
			base = "http://" + c.Admin
		}
	}
	if base == "" {
		base = "http://127.0.0.1:8081"
	}
	a := &adminClient{base: base, http: &http.Client{Timeout: time.Minute}}
	if f.token != "" {
		token, err := flagSecret(c, "--token", f.token)
		if err != nil {
			return nil, err
		}
		a.token = token
	}
	return a, nil
}

// call gives the JSON answer of a 2xx. body nil sends none.
func (a *adminClient) call(ctx context.Context, method, path string, query url.Values, body any) (json.RawMessage, error) {
	target := a.base + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, target, content)
	if err != nil {
		return nil, wrongUse(errors.New("--admin is no URL"))
	}
	r.GetBody = nil
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Accept-Language", "en")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := a.http.Do(r)
	if err != nil {
		return nil, tip("admin-away", unreachable(fmt.Errorf("%s %s: %w", method, path, errors.Unwrap(err))))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, unreachable(fmt.Errorf("%s %s: the answer broke off", method, path))
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, refused(method+" "+path, "not-admin", res.StatusCode, answer)
	}
	if len(answer) > 0 && !json.Valid(answer) {
		return nil, tip("not-admin", unreachable(fmt.Errorf("%s %s: the answer is no admin API's", method, path)))
	}
	return answer, nil
}
