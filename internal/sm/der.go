package sm

import (
	"crypto/ecdsa"
	"encoding/asn1"
	"errors"

	"github.com/emmansun/gmsm/sm2"
)

// SM2 keys as DER: PKCS #8 (RFC 5208), SEC 1 (RFC 5915), SubjectPublicKeyInfo and
// certificates (RFC 5280), of which only the key is read. The library has readers
// of its own in smx509, which bring SM9 and ML-DSA along: three quarters of a
// megabyte of a program that is to stay small.

var (
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	oidSM2         = asn1.ObjectIdentifier{1, 2, 156, 10197, 1, 301}

	errNoSM2 = errors.New("a key of another kind")
)

// algorithm is an AlgorithmIdentifier of EC keys: the curve stands in the parameters.
type algorithm struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// sm2 tells that it is SM2's; some tools name the curve as the algorithm itself.
func (a algorithm) sm2() bool {
	if a.Algorithm.Equal(oidSM2) {
		return true
	}
	var curve asn1.ObjectIdentifier
	_, err := asn1.Unmarshal(a.Parameters.FullBytes, &curve)
	return err == nil && a.Algorithm.Equal(oidECPublicKey) && curve.Equal(oidSM2)
}

type pkcs8 struct {
	Version    int
	Algorithm  algorithm
	Key        []byte
	Attributes asn1.RawValue `asn1:"optional,tag:0"`
}

type sec1 struct {
	Version int
	Key     []byte
	Curve   asn1.ObjectIdentifier `asn1:"optional,explicit,tag:0"`
	Public  asn1.BitString        `asn1:"optional,explicit,tag:1"`
}

type publicKeyInfo struct {
	Algorithm algorithm
	Key       asn1.BitString
}

type certificate struct {
	TBS struct {
		Version   asn1.RawValue `asn1:"optional,explicit,tag:0"`
		Serial    asn1.RawValue
		Signature asn1.RawValue
		Issuer    asn1.RawValue
		Validity  asn1.RawValue
		Subject   asn1.RawValue
		Public    publicKeyInfo
		Rest      []asn1.RawValue `asn1:"optional"`
	}
	Algorithm asn1.RawValue
	Signature asn1.BitString
}

// unmarshal reads one value that fills its bytes.
func unmarshal(der []byte, v any) error {
	rest, err := asn1.Unmarshal(der, v)
	if err == nil && len(rest) > 0 {
		err = errors.New("more follows")
	}
	return err
}

func parsePKCS8(der []byte) (*sm2.PrivateKey, error) {
	var k pkcs8
	if err := unmarshal(der, &k); err != nil {
		return nil, err
	}
	if !k.Algorithm.sm2() {
		return nil, errNoSM2
	}
	return parseSEC1(k.Key, true)
}

// parseSEC1 reads an ECPrivateKey; known: what stands around it said that it is SM2's.
func parseSEC1(der []byte, known bool) (*sm2.PrivateKey, error) {
	var k sec1
	if err := unmarshal(der, &k); err != nil {
		return nil, err
	}
	if len(k.Curve) == 0 && !known || len(k.Curve) > 0 && !k.Curve.Equal(oidSM2) {
		return nil, errNoSM2
	}
	const size = 32
	if len(k.Key) > size {
		return nil, errors.New("a key of another size")
	}
	d := make([]byte, size) // leading zeros may be left out
	copy(d[size-len(k.Key):], k.Key)
	return sm2.NewPrivateKey(d)
}

func parsePublic(der []byte) (*ecdsa.PublicKey, error) {
	var k publicKeyInfo
	if err := unmarshal(der, &k); err != nil {
		return nil, err
	}
	return k.public()
}

func parseCertificate(der []byte) (*ecdsa.PublicKey, error) {
	var c certificate
	if _, err := asn1.Unmarshal(der, &c); err != nil {
		return nil, err
	}
	return c.TBS.Public.public()
}

func (k publicKeyInfo) public() (*ecdsa.PublicKey, error) {
	if !k.Algorithm.sm2() {
		return nil, errNoSM2
	}
	return sm2.NewPublicKey(k.Key.RightAlign())
}

// marshal writes a key pair as PKCS #8 and SubjectPublicKeyInfo.
func marshal(k *sm2.PrivateKey) (private, public []byte, err error) {
	const size = 32
	point := make([]byte, 1+2*size)
	point[0] = 4 // uncompressed
	k.X.FillBytes(point[1 : 1+size])
	k.Y.FillBytes(point[1+size:])
	bits := asn1.BitString{Bytes: point, BitLength: 8 * len(point)}
	curve, err := asn1.Marshal(oidSM2)
	if err != nil {
		return nil, nil, err
	}
	of := algorithm{Algorithm: oidECPublicKey, Parameters: asn1.RawValue{FullBytes: curve}}
	inner, err := asn1.Marshal(sec1{Version: 1, Key: k.D.FillBytes(make([]byte, size)), Public: bits})
	if err != nil {
		return nil, nil, err
	}
	if private, err = asn1.Marshal(pkcs8{Algorithm: of, Key: inner}); err != nil {
		return nil, nil, err
	}
	public, err = asn1.Marshal(publicKeyInfo{Algorithm: of, Key: bits})
	return private, public, err
}
