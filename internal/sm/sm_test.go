package sm

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var at = time.Unix(1700000000, 0)

func key(t testing.TB, scheme, text string) Key {
	t.Helper()
	k, err := ParseKey(scheme, text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// file reads a key of testdata; OpenSSL made them for these tests and nothing else.
func file(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestPublishedVectors(t *testing.T) {
	if got := SM3Hex([]byte("abc")); got != "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0" { // GB/T 32905 A.1
		t.Errorf("SM3: %s", got)
	}
	// The example of the Standard Webhooks libraries.
	k := key(t, V1, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	ts := time.Unix(1614265330, 0)
	body := []byte(`{"test": 2432232314}`)
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got, err := Sign(k, "msg_p5jXN8AQM9LWM0D4loKWxJek", ts, body); err != nil || got != want {
		t.Errorf("Standard Webhooks: %s %v", got, err)
	}
	if err := Verify(want, []Key{k}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body, ts, 0); err != nil {
		t.Error(err)
	}
}

// TestWhatOpenSSLSigned holds what openssl dgst -sm3 made of msg_1.1700000000.{"a":1}.
func TestWhatOpenSSLSigned(t *testing.T) {
	raw, err := hex.DecodeString("000102030405060708090a0b0c0d0e0f1011121314151617")
	if err != nil {
		t.Fatal(err)
	}
	hmacKey := key(t, V1SM3, "whsec_"+base64.StdEncoding.EncodeToString(raw))
	for what, c := range map[string]struct {
		key    Key
		header string
	}{
		"HMAC-SM3":        {hmacKey, "v1sm3,gVWqyfZisyMlXlMcIiqU7V8LFRd4kG03tGeBLFPlb9A="},
		"SM2":             {key(t, V1SM2, file(t, "made-up-pub.pem")), "v1sm2,MEQCIEhCGDXjYOE/7bnMdCrCP4u3LjJvuDrrqaFx9Oa9nr8kAiBTCxjTz8UN9GVVVGKpTlZeU7fN37sAXp57mZD6M9bGVA=="},
		"SM2 certificate": {key(t, V1SM2, file(t, "made-up-cert.pem")), "v1sm2,MEQCIEhCGDXjYOE/7bnMdCrCP4u3LjJvuDrrqaFx9Oa9nr8kAiBTCxjTz8UN9GVVVGKpTlZeU7fN37sAXp57mZD6M9bGVA=="},
	} {
		if err := Verify(c.header, []Key{c.key}, "msg_1", "1700000000", []byte(`{"a":1}`), at, 0); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func pairs(t testing.TB) map[string][2]Key {
	t.Helper()
	secret, other := NewSecret(), NewSecret()
	private, _, err := NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	return map[string][2]Key{
		V1:    {key(t, V1, secret), key(t, V1, other)},
		V1SM3: {key(t, V1SM3, secret), key(t, V1SM3, other)},
		V1SM2: {key(t, V1SM2, file(t, "made-up-key.pem")), key(t, V1SM2, private)},
	}
}

func TestOnlyTheSignedBytesVerify(t *testing.T) {
	for scheme, ks := range pairs(t) {
		t.Run(scheme, func(t *testing.T) {
			k, other := ks[0], ks[1]
			sig, err := Sign(k, "m", at, []byte("body"))
			if err != nil {
				t.Fatal(err)
			}
			foreign, err := Sign(other, "m", at, []byte("body"))
			if err != nil {
				t.Fatal(err)
			}
			check := func(what, header, id, ts, body string, keys []Key, want error) {
				t.Helper()
				if err := Verify(header, keys, id, ts, []byte(body), at, 0); !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", what, err, want)
				}
			}
			mine := []Key{k}
			check("as signed", sig, "m", "1700000000", "body", mine, nil)
			check("second of two signatures", foreign+" "+sig, "m", "1700000000", "body", mine, nil)
			check("second of two keys", sig, "m", "1700000000", "body", []Key{other, k}, nil)
			check("among others' rubbish", "v9,AAAA v1 ,, "+sig, "m", "1700000000", "body", mine, nil)
			check("another key", foreign, "m", "1700000000", "body", mine, ErrSignature)
			check("no key", sig, "m", "1700000000", "body", nil, ErrSignature)
			check("another body", sig, "m", "1700000000", "bodY", mine, ErrSignature)
			check("no body", sig, "m", "1700000000", "", mine, ErrSignature)
			check("another id", sig, "n", "1700000000", "body", mine, ErrSignature)
			check("no id", sig, "", "1700000000", "body", mine, ErrSignature)
			check("another time", sig, "m", "1700000001", "body", mine, ErrSignature)
			check("time written otherwise", sig, "m", "01700000000", "body", mine, ErrSignature)
			check("signed time", sig, "m", "+1700000000", "body", mine, ErrTimestamp)
			check("no time", sig, "m", "", "body", mine, ErrTimestamp)
			check("no signature", "", "m", "1700000000", "body", mine, ErrSignature)
			check("cut", sig[:len(sig)-4], "m", "1700000000", "body", mine, ErrSignature)
			check("another scheme's name", "v1x"+sig, "m", "1700000000", "body", mine, ErrSignature)
			check("hidden behind many", strings.Repeat("v1,AAAA ", maxSignatures)+sig, "m", "1700000000", "body", mine, ErrSignature)
		})
	}
}

func TestClockTolerance(t *testing.T) {
	k := key(t, V1SM3, NewSecret())
	sig, err := Sign(k, "m", at, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now       time.Time
		tolerance time.Duration
		want      error
	}{
		{at.Add(Tolerance), 0, nil}, {at.Add(-Tolerance), 0, nil},
		{at.Add(Tolerance + time.Second), 0, ErrTimestamp}, {at.Add(-Tolerance - time.Second), 0, ErrTimestamp},
		{at.Add(time.Hour), time.Hour, nil}, {at.Add(2 * time.Second), time.Second, ErrTimestamp},
	} {
		if err := Verify(sig, []Key{k}, "m", "1700000000", nil, c.now, c.tolerance); !errors.Is(err, c.want) {
			t.Errorf("%v after, tolerance %v: %v", c.now.Sub(at), c.tolerance, err)
		}
	}
	if err := Verify(sig, []Key{k}, "m", "9223372036854775807", nil, at, 0); !errors.Is(err, ErrTimestamp) {
		t.Errorf("end of time: %v", err)
	}
}

func TestKeysOfEveryForm(t *testing.T) {
	for _, name := range []string{"made-up-key.pem", "made-up-sec1.pem", "made-up-pub.pem", "made-up-cert.pem"} {
		k := key(t, V1SM2, file(t, name)+"\n")
		if private := strings.Contains(name, "key") || strings.Contains(name, "sec1"); k.CanSign() != private {
			t.Errorf("%s: can sign %v", name, k.CanSign())
		}
	}
	if _, err := Sign(key(t, V1SM2, file(t, "made-up-pub.pem")), "m", at, nil); err == nil {
		t.Error("a public key signs")
	}
	if key(t, V1, "whsec_YWI\n").secret[0] != 'a' { // without padding
		t.Error("another secret")
	}
	for _, c := range [][2]string{
		{V1, ""}, {V1, "whsec_"}, {V1, "whsec_%%%"}, {V1SM3, "c2VjcmV0"}, {V1SM2, "whsec_c2VjcmV0"}, {V1SM2, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"},
		{V1SM2, "-----BEGIN EC PARAMETERS-----\nBggqgRzPVQGCLQ==\n-----END EC PARAMETERS-----"}, {"none", "whsec_c2VjcmV0"}, {"", ""},
		{V1SM2, "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----"}, // Ed25519
	} {
		if _, err := ParseKey(c[0], c[1]); err == nil {
			t.Errorf("%v is taken", c)
		} else if strings.Contains(err.Error(), "c2VjcmV0") || strings.Contains(err.Error(), "%%%") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
}

func TestAPrintedKeyShowsNothing(t *testing.T) {
	k := key(t, V1, "whsec_c2VjcmV0c2VjcmV0")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, k); got != "v1 key" {
			t.Errorf("%s: %s", verb, got)
		}
	}
}

func TestTarget(t *testing.T) {
	if got := string(Target("GET", "/v1/messages?source=a&id=b")); got != "GET /v1/messages?source=a&id=b" {
		t.Error(got)
	}
}

func FuzzVerify(f *testing.F) {
	ks := []Key{key(f, V1, "whsec_c2VjcmV0"), key(f, V1SM3, "whsec_c2VjcmV0"), key(f, V1SM2, file(f, "made-up-pub.pem"))}
	f.Add("v1,AAAA v1sm3,AAAA v1sm2,MAYCAQECAQE=", "m", "1700000000", []byte("x"))
	f.Fuzz(func(t *testing.T, header, id, ts string, body []byte) {
		if Verify(header, ks, id, ts, body, at, 0) == nil {
			t.Fatal("forged")
		}
	})
}
