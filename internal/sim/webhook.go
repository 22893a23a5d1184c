package sim

import (
	"net/http"
	"strconv"
	"time"

	"duijie/internal/sm"
)

// Signer signs and verifies the national side's messages after Standard
// Webhooks. The zero value neither signs nor asks for a signature.
type Signer struct {
	Scheme string // v1 v1sm3 v1sm2 none
	Key    string // whsec_<base64>, or PEM for v1sm2
}

const clockTolerance = sm.Tolerance

func (s Signer) silent() bool { return s.Scheme == "" || s.Scheme == "none" }

// Sign sets the three webhook headers. A request without a body signs
// `METHOD SP request-target` in its place (sm.Target): pass that as body.
func (s Signer) Sign(h http.Header, id string, body []byte, now time.Time) error {
	if s.silent() {
		return nil
	}
	key, err := sm.ParseKey(s.Scheme, s.Key)
	if err != nil {
		return err
	}
	sum, err := sm.Sign(key, id, now, body)
	if err != nil {
		return err
	}
	h.Set(sm.HeaderID, id)
	h.Set(sm.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(sm.HeaderSignature, sum)
	return nil
}

// Verify tells whether one of the request's signatures fits.
func (s Signer) Verify(h http.Header, body []byte, now time.Time) error {
	if s.silent() {
		return nil
	}
	key, err := sm.ParseKey(s.Scheme, s.Key)
	if err != nil {
		return err
	}
	return sm.Verify(h.Get(sm.HeaderSignature), []sm.Key{key}, h.Get(sm.HeaderID), h.Get(sm.HeaderTimestamp), body, now, clockTolerance)
}
