// Package sm is signatures and national cryptography: the signatures of Standard
// Webhooks with HMAC-SHA256, HMAC-SM3 and SM2, and the plain sums that local
// systems' own signatures are made of.
//
// It promises that Verify accepts only what a holder of one of the keys signed
// over exactly these bytes, within the tolerance of the clock; that secrets are
// compared in constant time; and that neither errors nor the formatted form of a
// key show it. It keeps nothing and knows no configuration.
package sm

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
)

// The header names of Standard Webhooks.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// Tolerance is how far clocks may differ where nothing else is configured.
const Tolerance = 5 * time.Minute

var (
	// ErrSignature is returned when no key verifies any of the signatures.
	ErrSignature = errors.New("no signature verifies")
	// ErrTimestamp is returned when the timestamp is unreadable or outside the tolerance.
	ErrTimestamp = errors.New("timestamp missing or outside the tolerance")
)

// maxSignatures bounds what one request may have us verify; rotation needs two.
const maxSignatures = 16

// userID is the SM2 user id that both sides take for granted (GM/T 0009).
const userID = "1234567812345678"

// Sign gives one signature, SCHEME,BASE64, over id.timestamp.body. Several for
// rotation stand in the header with a space between them.
func Sign(key Key, id string, ts time.Time, body []byte) (string, error) {
	sum, err := key.sign(head(id, strconv.FormatInt(ts.Unix(), 10)), body)
	if err != nil {
		return "", err
	}
	return key.scheme + "," + base64.StdEncoding.EncodeToString(sum), nil
}

// Verify accepts the header webhook-signature if one of its signatures is one of
// the keys' over these bytes, and webhook-timestamp is within the tolerance of
// now (Tolerance where that is 0). Errors are ErrSignature and ErrTimestamp.
func Verify(header string, keys []Key, id, tsHeader string, body []byte, now time.Time, tolerance time.Duration) error {
	if tolerance == 0 {
		tolerance = Tolerance
	}
	seconds, err := strconv.ParseInt(tsHeader, 10, 64)
	if err != nil || tsHeader[0] == '+' {
		return ErrTimestamp
	}
	if ts := time.Unix(seconds, 0); ts.Before(now.Add(-tolerance)) || ts.After(now.Add(tolerance)) {
		return ErrTimestamp
	}
	if id == "" {
		return ErrSignature
	}
	signatures := strings.Fields(header)
	for _, s := range signatures[:min(len(signatures), maxSignatures)] {
		scheme, b64, _ := strings.Cut(s, ",")
		sum, err := base64.StdEncoding.DecodeString(b64)
		if err != nil {
			continue
		}
		for _, key := range keys {
			if key.scheme == scheme && key.verify(head(id, tsHeader), body, sum) {
				return nil
			}
		}
	}
	return ErrSignature
}

// Target is what a request without a body, and the PUT of a material, sign in the
// body's place: METHOD SP request-target, the target as on the wire with its query.
func Target(method, requestTarget string) []byte { return []byte(method + " " + requestTarget) }

// head is what stands before the body in what is signed.
func head(id, timestamp string) []byte { return []byte(id + "." + timestamp + ".") }

func (k Key) sign(parts ...[]byte) ([]byte, error) {
	switch {
	case k.scheme == V1:
		return HMACSHA256(k.secret, parts...), nil
	case k.scheme == V1SM3:
		return HMACSM3(k.secret, parts...), nil
	case k.private == nil:
		return nil, errors.New("sign: a public key cannot sign")
	}
	digest, err := k.digest(parts)
	if err != nil {
		return nil, err
	}
	sum, err := sm2.SignASN1(rand.Reader, k.private, digest, nil)
	if err != nil {
		return nil, fmt.Errorf("sign with SM2: %w", err)
	}
	return sum, nil
}

func (k Key) verify(head, body, sum []byte) bool {
	switch k.scheme {
	case V1:
		return hmac.Equal(sum, HMACSHA256(k.secret, head, body))
	case V1SM3:
		return hmac.Equal(sum, HMACSM3(k.secret, head, body))
	}
	digest, err := k.digest([][]byte{head, body})
	return err == nil && sm2.VerifyASN1(k.public, digest, sum)
}

// digest is SM3 over the user's part and the message, as SM2 signs it (GB/T 32918.2).
func (k Key) digest(parts [][]byte) ([]byte, error) {
	h, err := sm2.NewHashWithUserID(k.public, []byte(userID))
	if err != nil {
		return nil, fmt.Errorf("hash for SM2: %w", err)
	}
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil), nil
}

// HMACSM3 is HMAC with SM3 over the parts, one after another.
func HMACSM3(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sm3.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// HMACSHA256 is HMAC with SHA-256 over the parts, one after another.
func HMACSHA256(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)
}

// SM3Hex is the SM3 of data in lower-case hex.
func SM3Hex(data []byte) string {
	sum := sm3.Sum(data)
	return hex.EncodeToString(sum[:])
}
