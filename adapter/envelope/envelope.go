// Package envelope is the national cryptography envelope that a local system and
// the gateway exchange documents in:
//
//	{"unit","time","nonce","key","iv","body","sign"}
//
// key is a fresh SM4 key, wrapped with SM2 for the peer; body is the document
// under SM4-CBC (PKCS#7) or SM4-GCM (the tag behind the text); sign is the sender's
// SM2 signature with SM3 over "unit.time.nonce.key.iv.body" as they stand on the
// wire. key, iv, body and sign are base64. The form is invented for this gateway,
// its parts are GB/T 32918, 32905 and 32907.
//
// It promises that nothing is decrypted before the signature, the unit, the clock
// and the nonce are accepted, that a nonce is taken once within the tolerance, and
// that no error says more than which of these did not fit. An Envelope may be used
// by many goroutines at once.
package envelope

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"duijie/adapter"
	"duijie/adapter/auth"
)

// ErrRefused is wrapped by every refusal of Open.
var (
	ErrRefused = errors.New("envelope refused")
	errForm    = fmt.Errorf("%w: a part is missing or unreadable", ErrRefused)
	errSign    = fmt.Errorf("%w: signature does not fit", ErrRefused)
	errUnit    = fmt.Errorf("%w: it is another unit's", ErrRefused)
	errClock   = fmt.Errorf("%w: time is outside the tolerance", ErrRefused)
	errReplay  = fmt.Errorf("%w: nonce was seen before", ErrRefused)
	errCipher  = fmt.Errorf("%w: the body cannot be decrypted", ErrRefused)
)

// Envelope seals and opens for one unit.
type Envelope struct {
	spec   Spec
	unit   string
	keys   keys
	nonces *auth.Replay
	now    func() time.Time
}

// wire is the envelope as it travels.
type wire struct {
	Unit  string `json:"unit"`
	Time  text   `json:"time"`
	Nonce string `json:"nonce"`
	Key   string `json:"key"`
	IV    string `json:"iv"`
	Body  string `json:"body"`
	Sign  string `json:"sign"`
}

// text is a string, or a number as it was written.
type text string

// UnmarshalJSON takes both.
func (t *text) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] != '"' {
		var n json.Number
		err := json.Unmarshal(b, &n)
		*t = text(n)
		return err
	}
	return json.Unmarshal(b, (*string)(t))
}

// signed is what the signature is over.
func (w *wire) signed() []byte {
	parts := []string{w.Unit, string(w.Time), w.Nonce, w.Key, w.IV, w.Body}
	var b bytes.Buffer
	for i, p := range parts {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(p)
	}
	return b.Bytes()
}

func bind(s Spec, d adapter.Deps, own, peer string) (*Envelope, error) {
	e := &Envelope{spec: s, unit: d.Unit, nonces: auth.NewReplay(s.tolerance), now: d.Now}
	if e.now == nil {
		e.now = time.Now
	}
	var err error
	e.keys, err = parseKeys(own, peer)
	return e, err
}

// Seal puts a document into an envelope for the peer.
func (e *Envelope) Seal(document []byte) ([]byte, error) {
	key, iv, nonce := random(keySize), random(e.ivSize()), random(16)
	wrapped, err := e.wrap(key)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	body, err := e.encrypt(key, iv, document)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	w := wire{Unit: e.unit, Time: text(strconv.FormatInt(e.now().Unix(), 10)), Nonce: hexOf(nonce),
		Key: base64Of(wrapped), IV: base64Of(iv), Body: base64Of(body)}
	sign, err := e.sign(w.signed())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	w.Sign = base64Of(sign)
	return json.Marshal(w)
}

// Open takes the document out of an envelope of the peer. undo makes its nonce
// usable again; call it where the document was good but could not be taken.
func (e *Envelope) Open(raw []byte) (document []byte, undo func(), err error) {
	var w wire
	if json.Unmarshal(raw, &w) != nil || w.Nonce == "" || w.Time == "" {
		return nil, nil, errForm
	}
	var parts [4][]byte
	for i, s := range []string{w.Key, w.IV, w.Body, w.Sign} {
		if parts[i], err = fromBase64(s); err != nil || s == "" {
			return nil, nil, errForm
		}
	}
	if !e.verify(w.signed(), parts[3]) {
		return nil, nil, errSign
	}
	if w.Unit != e.unit {
		return nil, nil, errUnit
	}
	now := e.now()
	at, ok := readTime(string(w.Time))
	if d := now.Sub(at); !ok || d > e.spec.tolerance+time.Second || -d > e.spec.tolerance+time.Second {
		return nil, nil, errClock
	}
	if !e.nonces.Take(w.Nonce, now) {
		return nil, nil, errReplay
	}
	key, err := e.unwrap(parts[0])
	if err != nil {
		return nil, nil, errCipher
	}
	if document, err = e.decrypt(key, parts[1], parts[2]); err != nil {
		return nil, nil, errCipher
	}
	return document, func() { e.nonces.Forget(w.Nonce) }, nil
}
