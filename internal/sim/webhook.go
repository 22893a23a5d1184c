package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// Signer signs and verifies the national side's messages after Standard
// Webhooks: HMAC over `id.timestamp.body`. It stands on its own, beside the
// gateway's, so that the two must agree. The zero value neither signs nor asks
// for a signature.
type Signer struct {
	Scheme string // v1 (HMAC-SHA256), v1sm3 (HMAC-SM3), or none
	Key    string // whsec_<base64>
}

const clockTolerance = 5 * time.Minute

func (s Signer) sum(id, ts string, body []byte) (string, error) {
	var h func() hash.Hash
	switch s.Scheme {
	case "v1":
		h = sha256.New
	case "v1sm3":
		h = sm3.New
	default:
		return "", fmt.Errorf("no signature scheme %q", s.Scheme)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s.Key, "whsec_"))
	if err != nil || len(key) == 0 {
		return "", errors.New("the signing key is not whsec_<base64>")
	}
	mac := hmac.New(h, key)
	mac.Write([]byte(id + "." + ts + "."))
	mac.Write(body)
	return s.Scheme + "," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

func (s Signer) silent() bool { return s.Scheme == "" || s.Scheme == "none" }

// Sign sets the three webhook headers. A request without a body signs
// `METHOD SP request-target` in its place: pass that as body.
func (s Signer) Sign(h http.Header, id string, body []byte, now time.Time) error {
	if s.silent() {
		return nil
	}
	ts := strconv.FormatInt(now.Unix(), 10)
	sum, err := s.sum(id, ts, body)
	if err != nil {
		return err
	}
	h.Set("webhook-id", id)
	h.Set("webhook-timestamp", ts)
	h.Set("webhook-signature", sum)
	return nil
}

// Verify tells whether one of the request's signatures fits.
func (s Signer) Verify(h http.Header, body []byte, now time.Time) error {
	if s.silent() {
		return nil
	}
	id, ts := h.Get("webhook-id"), h.Get("webhook-timestamp")
	unix, err := strconv.ParseInt(ts, 10, 64)
	if id == "" || err != nil {
		return errors.New("no webhook id or timestamp")
	}
	if off := now.Sub(time.Unix(unix, 0)); off > clockTolerance || off < -clockTolerance {
		return errors.New("the timestamp is outside the tolerance")
	}
	want, err := s.sum(id, ts, body)
	if err != nil {
		return err
	}
	for _, got := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}
