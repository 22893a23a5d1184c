package sm

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm2"
)

// The signature schemes.
const (
	V1    = "v1"    // HMAC-SHA256, as Standard Webhooks has it
	V1SM3 = "v1sm3" // HMAC-SM3
	V1SM2 = "v1sm2" // SM2 with SM3, user id 1234567812345678, ASN.1
)

// Schemes lists the schemes.
func Schemes() []string { return []string{V1, V1SM3, V1SM2} }

// Key is a key of one scheme. It is immutable and safe for concurrent use.
type Key struct {
	scheme  string
	secret  []byte           // of the HMAC schemes
	private *sm2.PrivateKey  // of v1sm2, where it can sign
	public  *ecdsa.PublicKey // of v1sm2
}

// Scheme is the scheme that the key is of.
func (k Key) Scheme() string { return k.scheme }

// CanSign says that the key is not just a public one.
func (k Key) CanSign() bool { return k.secret != nil || k.private != nil }

// String says nothing of the key, so that no log can.
func (k Key) String() string { return k.scheme + " key" }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// ParseKey reads a key as it is configured: whsec_<base64> for v1 and v1sm3, PEM
// for v1sm2 (a private key to sign, a public key or a certificate to verify).
// White space around it is cut. Errors never show the key.
func ParseKey(scheme, text string) (Key, error) {
	text = strings.TrimSpace(text)
	switch scheme {
	case V1, V1SM3:
		secret, err := parseSecret(text)
		return Key{scheme: scheme, secret: secret}, err
	case V1SM2:
		return parsePEM(text)
	}
	return Key{}, fmt.Errorf("unknown signature scheme %q", scheme)
}

// prefix marks the secrets of Standard Webhooks.
const prefix = "whsec_"

func parseSecret(text string) ([]byte, error) {
	b64, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return nil, errors.New("read key: does not begin with " + prefix)
	}
	secret, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(b64, "="))
	if err != nil || len(secret) == 0 {
		return nil, errors.New("read key: no base64 after " + prefix)
	}
	return secret, nil
}

// NewSecret makes a secret of 32 random bytes for the HMAC schemes.
func NewSecret() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	return prefix + base64.StdEncoding.EncodeToString(secret)
}

// NewSM2 makes an SM2 key pair, as PEM.
func NewSM2() (private, public string, err error) {
	k, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", fmt.Errorf("make SM2 key: %w", err)
	}
	priv, pub, err := marshal(k)
	if err != nil {
		return "", "", fmt.Errorf("make SM2 key: %w", err)
	}
	return block("PRIVATE KEY", priv), block("PUBLIC KEY", pub), nil
}

// PublicPEM is the public half of an SM2 key, as PEM.
func PublicPEM(k *sm2.PrivateKey) (string, error) {
	_, pub, err := marshal(k)
	if err != nil {
		return "", fmt.Errorf("write SM2 key: %w", err)
	}
	return block("PUBLIC KEY", pub), nil
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// ParseSM2 reads an SM2 key in PEM: a private key with its public half, or a
// public key or a certificate alone (private is then nil). Errors never show it.
func ParseSM2(text string) (private *sm2.PrivateKey, public *ecdsa.PublicKey, err error) {
	k, err := parsePEM(text)
	return k.private, k.public, err
}

// parsePEM takes the first block that is a key; OpenSSL writes parameters before some.
func parsePEM(text string) (Key, error) {
	rest := []byte(text)
	for {
		var b *pem.Block
		if b, rest = pem.Decode(rest); b == nil {
			return Key{}, errors.New("read SM2 key: no PEM block with a key")
		}
		k := Key{scheme: V1SM2}
		var err error
		switch b.Type {
		case "PRIVATE KEY":
			k.private, err = parsePKCS8(b.Bytes)
		case "EC PRIVATE KEY", "SM2 PRIVATE KEY":
			k.private, err = parseSEC1(b.Bytes, b.Type == "SM2 PRIVATE KEY")
		case "PUBLIC KEY":
			k.public, err = parsePublic(b.Bytes)
		case "CERTIFICATE":
			k.public, err = parseCertificate(b.Bytes)
		default:
			continue
		}
		if errors.Is(err, errNoSM2) {
			return Key{}, fmt.Errorf("read SM2 key: %w", err)
		}
		if err != nil {
			return Key{}, fmt.Errorf("read SM2 key: %s cannot be read", strings.ToLower(b.Type))
		}
		if k.private != nil {
			k.public = &k.private.PublicKey
		}
		return k, nil
	}
}
