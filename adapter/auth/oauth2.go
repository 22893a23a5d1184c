package auth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"duijie/adapter"
	"duijie/adapter/client"
)

// exchange gets tokens for client credentials (RFC 6749 §4.4) and keeps the last.
type exchange struct {
	url, id, secret, scope string
	calls                  *client.Client
	now                    func() time.Time

	mu      sync.Mutex // guards what follows, and lets one ask while others wait
	current string
	until   time.Time
	inForm  bool // the credentials go in the form: the server did not take them as Basic
}

// margin is how long before its end a token is no longer used.
const margin = 10 * time.Second

func (e *exchange) token(ctx context.Context) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.current != "" && e.now().Before(e.until) {
		return e.current, nil
	}
	// The token's own request is not the attempt's: it has its own memory of bytes sent.
	ctx, _ = adapter.Track(ctx)
	a, err := e.ask(ctx, e.inForm)
	if err == nil && (a.Status == 400 || a.Status == 401) && !e.inForm {
		if second, err2 := e.ask(ctx, true); err2 == nil && second.Status/100 == 2 {
			a, e.inForm = second, true
		}
	}
	if err != nil {
		return "", fmt.Errorf("get token: %w", err)
	}
	return e.keep(a)
}

func (e *exchange) ask(ctx context.Context, inForm bool) (client.Answer, error) {
	u, err := url.Parse(e.url)
	if err != nil {
		return client.Answer{}, errors.New("token url is no URL")
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	if e.scope != "" {
		form.Set("scope", e.scope)
	}
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Accept": {"application/json"}}
	if inForm {
		form.Set("client_id", e.id)
		form.Set("client_secret", e.secret)
	} else {
		pair := url.QueryEscape(e.id) + ":" + url.QueryEscape(e.secret)
		h.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return e.calls.Do(ctx, client.Request{Method: http.MethodPost, URL: u, Header: h, Body: []byte(form.Encode())})
}

func (e *exchange) keep(a client.Answer) (string, error) {
	if a.Status/100 != 2 {
		err := fmt.Errorf("get token: status %d", a.Status)
		if a.Status/100 == 4 && a.Status != 408 && a.Status != 429 {
			return "", adapter.Trouble("token-"+strconv.Itoa(a.Status), err)
		}
		return "", err
	}
	var got struct {
		Token string `json:"access_token"`
		Life  any    `json:"expires_in"`
	}
	if a.Broken != "" || json.Unmarshal(a.Body, &got) != nil || got.Token == "" {
		return "", adapter.Trouble("token", errors.New("get token: the answer holds no access_token"))
	}
	life := 5 * time.Minute
	switch n := got.Life.(type) {
	case float64:
		life = time.Duration(n) * time.Second
	case string:
		if s, err := strconv.Atoi(n); err == nil {
			life = time.Duration(s) * time.Second
		}
	}
	e.current, e.until = got.Token, e.now().Add(max(life-margin, life/2))
	return e.current, nil
}

// drop forgets the token that a request was refused with; another attempt may
// have renewed it already.
func (e *exchange) drop(header string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if header == "Bearer "+e.current {
		e.current = ""
	}
	return true
}
