package sim

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/emmansun/gmsm/sm3"
)

// l1Signature is the header signature of the system, both ways: hex SM3 over
// appid, nonce, ts, the body's hex SM3 and the shared key.
type l1Signature struct {
	appid, key string
	seen       *nonces
}

func newL1Signature(key string) l1Signature {
	return l1Signature{appid: "duijie", key: key, seen: &nonces{at: map[string]time.Time{}}}
}

func hexSM3(b []byte) string {
	sum := sm3.Sum(b)
	return hex.EncodeToString(sum[:])
}

func (s l1Signature) sum(nonce, ts string, body []byte) string {
	return hexSM3(fmt.Appendf(nil, "appid=%s&nonce=%s&ts=%s&body=%s&key=%s", s.appid, nonce, ts, hexSM3(body), s.key))
}

// put signs a request.
func (s l1Signature) put(h http.Header, body []byte, now time.Time) {
	nonce, ts := rand.Text(), strconv.FormatInt(now.Unix(), 10)
	h.Set("appid", s.appid)
	h.Set("ts", ts)
	h.Set("nonce", nonce)
	h.Set("sign", s.sum(nonce, ts, body))
}

// verify checks a request's signature and that its nonce is fresh.
func (s l1Signature) verify(h http.Header, body []byte, now time.Time) error {
	nonce, ts := h.Get("nonce"), h.Get("ts")
	unix, err := strconv.ParseInt(ts, 10, 64)
	if err != nil || nonce == "" || h.Get("appid") != s.appid {
		return errors.New("signature headers are missing")
	}
	if off := now.Sub(time.Unix(unix, 0)); off > clockTolerance || off < -clockTolerance {
		return errors.New("the timestamp is outside the tolerance")
	}
	if h.Get("sign") != s.sum(nonce, ts, body) {
		return errors.New("the signature does not fit")
	}
	if !s.seen.fresh(nonce, now) {
		return errors.New("the nonce was used before")
	}
	return nil
}

// nonces remembers what was used within the tolerance.
type nonces struct {
	mu    sync.Mutex // guards at and swept
	at    map[string]time.Time
	swept time.Time
}

func (n *nonces) fresh(nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.swept) > time.Minute {
		for k, t := range n.at {
			if now.Sub(t) > 2*clockTolerance {
				delete(n.at, k)
			}
		}
		n.swept = now
	}
	if _, used := n.at[nonce]; used {
		return false
	}
	n.at[nonce] = now
	return true
}
