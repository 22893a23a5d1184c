package sim

import (
	"bytes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"

	"duijie/internal/sm"
)

// l6Envelope is what both sides put documents into: SM4 for the body, SM2 for its
// key, an SM2 signature over everything.
type l6Envelope struct {
	Unit  string `json:"unit"`
	Time  string `json:"time"`
	Nonce string `json:"nonce"`
	Key   string `json:"key"`
	IV    string `json:"iv"`
	Body  string `json:"body"`
	Sign  string `json:"sign"`
}

func (e *l6Envelope) signed() []byte {
	return []byte(strings.Join([]string{e.Unit, e.Time, e.Nonce, e.Key, e.IV, e.Body}, "."))
}

// l6Keys are the system's own key and the gateway's public one. The gateway's
// private key and the system's public one are there to be handed over.
type l6Keys struct {
	unit        string
	own         *sm2.PrivateKey
	gateway     *ecdsa.PublicKey
	forGateway  string // PEM of the gateway's private key
	ofTheSystem string // PEM of the system's public key
	seen        *nonces
}

// newL6Keys makes two pairs, or reads those that an earlier run left in dir; ""
// keeps none.
func newL6Keys(unit, dir string) (*l6Keys, error) {
	k := &l6Keys{unit: unit, seen: &nonces{at: map[string]time.Time{}}}
	own, err := l6Key(dir, "local.pem")
	if err != nil {
		return nil, err
	}
	theirs, err := l6Key(dir, "gateway.pem")
	if err != nil {
		return nil, err
	}
	k.own, k.gateway = own.private, &theirs.private.PublicKey
	k.forGateway, k.ofTheSystem = theirs.pem, own.public
	if dir == "" {
		return k, nil
	}
	return k, os.WriteFile(filepath.Join(dir, "local-public.pem"), []byte(k.ofTheSystem), 0o600)
}

// l6Pair is a key pair, also as PEM.
type l6Pair struct {
	private     *sm2.PrivateKey
	pem, public string
}

// l6Key makes a pair, or reads the one that an earlier run left in dir.
func l6Key(dir, name string) (p l6Pair, err error) {
	file := filepath.Join(dir, name)
	if dir != "" {
		if raw, err := os.ReadFile(file); err == nil {
			p.pem = string(raw)
		}
	}
	made := p.pem == ""
	if made {
		if p.pem, _, err = sm.NewSM2(); err != nil {
			return p, err
		}
	}
	if p.private, _, err = sm.ParseSM2(p.pem); err != nil || p.private == nil {
		return p, fmt.Errorf("%s is no SM2 key", name)
	}
	if p.public, err = sm.PublicPEM(p.private); err != nil {
		return p, err
	}
	if made && dir != "" {
		err = os.WriteFile(file, []byte(p.pem), 0o600)
	}
	return p, err
}

var l6Text = base64.StdEncoding

// seal puts a document into an envelope for the gateway.
func (k *l6Keys) seal(document []byte, now time.Time) ([]byte, error) {
	var random [48]byte
	rand.Read(random[:]) // never fails
	key, iv, nonce := random[:16], random[16:32], random[32:]
	wrapped, err := sm2.EncryptASN1(rand.Reader, k.gateway, key)
	if err != nil {
		return nil, err
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	fill := 16 - len(document)%16
	body := append(bytes.Clone(document), bytes.Repeat([]byte{byte(fill)}, fill)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(body, body)
	e := l6Envelope{Unit: k.unit, Time: strconv.FormatInt(now.Unix(), 10), Nonce: hex.EncodeToString(nonce),
		Key: l6Text.EncodeToString(wrapped), IV: l6Text.EncodeToString(iv), Body: l6Text.EncodeToString(body)}
	sign, err := k.own.SignWithSM2(rand.Reader, nil, e.signed())
	if err != nil {
		return nil, err
	}
	e.Sign = l6Text.EncodeToString(sign)
	return json.Marshal(e)
}

// open takes the document out of an envelope of the gateway.
func (k *l6Keys) open(raw []byte, now time.Time) ([]byte, error) {
	var e l6Envelope
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, errors.New("no envelope")
	}
	var parts [4][]byte
	for i, text := range []string{e.Key, e.IV, e.Body, e.Sign} {
		var err error
		if parts[i], err = l6Text.DecodeString(text); err != nil {
			return nil, errors.New("a part is no base64")
		}
	}
	if !sm2.VerifyASN1WithSM2(k.gateway, nil, e.signed(), parts[3]) {
		return nil, errors.New("the signature does not fit")
	}
	seconds, err := strconv.ParseInt(e.Time, 10, 64)
	if off := now.Sub(time.Unix(seconds, 0)); err != nil || e.Unit != k.unit || off > clockTolerance || off < -clockTolerance {
		return nil, errors.New("unit or time does not fit")
	}
	if !k.seen.fresh(e.Nonce, now) {
		return nil, errors.New("the nonce was used before")
	}
	key, err := sm2.Decrypt(k.own, parts[0])
	if err != nil {
		return nil, errors.New("the key cannot be unwrapped")
	}
	block, err := sm4.NewCipher(key)
	if err != nil || len(parts[1]) != 16 || len(parts[2]) == 0 || len(parts[2])%16 != 0 {
		return nil, errors.New("the body cannot be decrypted")
	}
	text := parts[2]
	cipher.NewCBCDecrypter(block, parts[1]).CryptBlocks(text, text)
	fill := int(text[len(text)-1])
	if fill < 1 || fill > 16 {
		return nil, errors.New("the body is not filled up as it should be")
	}
	return text[:len(text)-fill], nil
}
