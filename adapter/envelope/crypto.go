package envelope

import (
	"bytes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm4"

	"duijie/internal/sm"
)

const (
	keySize = 16 // of an SM4 key
	half    = 32 // of a coordinate, of a hash, of r and of s
)

var errBroken = errors.New("broken")

// keys are our private key and the peer's public one.
type keys struct {
	own  *sm2.PrivateKey
	peer *ecdsa.PublicKey
}

func parseKeys(own, peer string) (k keys, err error) {
	if k.own, _, err = sm.ParseSM2(own); err != nil || k.own == nil {
		return k, fmt.Errorf("sm.own is no private SM2 key in PEM")
	}
	if _, k.peer, err = sm.ParseSM2(peer); err != nil {
		return k, fmt.Errorf("sm.peer is no public SM2 key or certificate in PEM")
	}
	return k, nil
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func hexOf(b []byte) string    { return hex.EncodeToString(b) }
func base64Of(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// fromBase64 takes padding or none.
func fromBase64(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
}

// wrap encrypts a key for the peer.
func (e *Envelope) wrap(key []byte) ([]byte, error) {
	switch e.spec.cipher {
	case "c1c3c2":
		return sm2.Encrypt(rand.Reader, e.keys.peer, key, sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C3C2))
	case "c1c2c3":
		return sm2.Encrypt(rand.Reader, e.keys.peer, key, sm2.NewPlainEncrypterOpts(sm2.MarshalUncompressed, sm2.C1C2C3))
	}
	return sm2.EncryptASN1(rand.Reader, e.keys.peer, key)
}

// unwrap decrypts a key. Some write C1 without the 04 of an uncompressed point.
func (e *Envelope) unwrap(wrapped []byte) ([]byte, error) {
	opts := sm2.ASN1DecrypterOpts
	if e.spec.cipher != "asn1" {
		if len(wrapped) == 3*half+keySize {
			wrapped = append([]byte{4}, wrapped...)
		}
		opts = sm2.NewPlainDecrypterOpts(sm2.C1C3C2)
		if e.spec.cipher == "c1c2c3" {
			opts = sm2.NewPlainDecrypterOpts(sm2.C1C2C3)
		}
	}
	key, err := e.keys.own.Decrypt(nil, wrapped, opts)
	if err != nil || len(key) != keySize {
		return nil, errBroken
	}
	return key, nil
}

func (e *Envelope) ivSize() int {
	if e.spec.mode == "gcm" {
		return 12
	}
	return sm4.BlockSize
}

func (e *Envelope) encrypt(key, iv, plain []byte) ([]byte, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if e.spec.mode == "gcm" {
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		return gcm.Seal(nil, iv, plain, nil), nil
	}
	n := sm4.BlockSize - len(plain)%sm4.BlockSize
	out := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(n)}, n)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(out, out)
	return out, nil
}

func (e *Envelope) decrypt(key, iv, body []byte) ([]byte, error) {
	block, err := sm4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	if e.spec.mode == "gcm" {
		if len(iv) == 0 || len(iv) > 64 {
			return nil, errBroken
		}
		gcm, err := cipher.NewGCMWithNonceSize(block, len(iv))
		if err != nil {
			return nil, err
		}
		return gcm.Open(nil, iv, body, nil)
	}
	if len(iv) != sm4.BlockSize || len(body) == 0 || len(body)%sm4.BlockSize != 0 {
		return nil, errBroken
	}
	out := bytes.Clone(body)
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, out)
	n := int(out[len(out)-1])
	if n == 0 || n > sm4.BlockSize || !bytes.Equal(out[len(out)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, errBroken
	}
	return out[:len(out)-n], nil
}

// point is an SM2 signature as ASN.1 has it.
type point struct{ R, S *big.Int }

func (e *Envelope) sign(text []byte) ([]byte, error) {
	sum, err := e.keys.own.Sign(rand.Reader, text, sm2.NewSM2SignerOption(true, []byte(e.spec.uid)))
	if err != nil || e.spec.signature == "asn1" {
		return sum, err
	}
	var p point
	if _, err := asn1.Unmarshal(sum, &p); err != nil {
		return nil, err
	}
	out := make([]byte, 2*half)
	p.R.FillBytes(out[:half])
	p.S.FillBytes(out[half:])
	return out, nil
}

func (e *Envelope) verify(text, sum []byte) bool {
	if e.spec.signature == "rs" {
		if len(sum) != 2*half {
			return false
		}
		var err error
		if sum, err = asn1.Marshal(point{new(big.Int).SetBytes(sum[:half]), new(big.Int).SetBytes(sum[half:])}); err != nil {
			return false
		}
	}
	return sm2.VerifyASN1WithSM2(e.keys.peer, []byte(e.spec.uid), text, sum)
}
