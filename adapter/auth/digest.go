package auth

import (
	"crypto/ecdsa"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"

	"duijie/internal/sm"
)

// algorithm is sm3 md5 sha256 hmac-sha256 hmac-sm3 or sm2.
type algorithm string

func (a algorithm) hash() func() hash.Hash {
	switch a {
	case "md5":
		return md5.New
	case "sha256", "hmac-sha256":
		return sha256.New
	}
	return sm3.New
}

// bodyHash is the lower-case hex digest of the raw body by the algorithm's hash.
func (a algorithm) bodyHash(body []byte) string {
	h := a.hash()()
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

// keys are a signature's secret: text for hashes, an SM2 key pair or its public half.
type keys struct {
	text    string
	private *sm2.PrivateKey
	public  *ecdsa.PublicKey
}

// parse reads the key; an sm2 key is PEM, private to sign, either half to verify.
func (a algorithm) parse(text string) (keys, error) {
	k := keys{text: text}
	if a != "sm2" {
		if text == "" {
			return k, errors.New("signing key is empty")
		}
		return k, nil
	}
	var err error
	k.private, k.public, err = sm.ParseSM2(text)
	return k, err
}

// sum gives the signature of a text, not yet encoded.
func (a algorithm) sum(k keys, text []byte) ([]byte, error) {
	switch a {
	case "hmac-sha256", "hmac-sm3":
		m := hmac.New(a.hash(), []byte(k.text))
		m.Write(text)
		return m.Sum(nil), nil
	case "sm2":
		if k.private == nil {
			return nil, errors.New("sm2 key cannot sign: it is a public key")
		}
		return k.private.Sign(rand.Reader, text, sm2.DefaultSM2SignerOpts)
	}
	h := a.hash()()
	h.Write(text)
	return h.Sum(nil), nil
}

// verify compares in constant time; hex is read in either case.
func (a algorithm) verify(k keys, text []byte, encoding, signature string) bool {
	var got []byte
	var err error
	if encoding == "base64" {
		got, err = base64.StdEncoding.DecodeString(signature)
	} else {
		got, err = hex.DecodeString(strings.ToLower(signature))
	}
	if err != nil {
		return false
	}
	if a == "sm2" {
		return sm2.VerifyASN1WithSM2(k.public, nil, text, got)
	}
	want, err := a.sum(k, text)
	return err == nil && hmac.Equal(want, got)
}

func encode(sum []byte, encoding string) string {
	switch encoding {
	case "base64":
		return base64.StdEncoding.EncodeToString(sum)
	case "HEX":
		return fmt.Sprintf("%X", sum)
	}
	return hex.EncodeToString(sum)
}
