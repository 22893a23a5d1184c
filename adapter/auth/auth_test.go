package auth_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crypto/rand"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/sm3"
	"github.com/emmansun/gmsm/smx509"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/client"
	"duijie/adapter/settings"
)

var clock = time.Unix(1790000000, 0)

func deps(secrets map[string]string) adapter.Deps {
	return adapter.Deps{Unit: "510000", Now: func() time.Time { return clock }, Secret: func(n string) (string, error) {
		v, ok := secrets[n]
		if !ok {
			return "", errors.New("not bound")
		}
		return v, nil
	}}
}

func spec(t *testing.T, text string) *auth.Spec {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	r := &settings.Reader{File: "pack.yaml"}
	s := auth.Parse(r, &n)
	if len(r.Findings) > 0 {
		t.Fatalf("%+v", r.Findings)
	}
	return s
}

const l1 = `
kind: sign
algorithm: sm3
key: secret:sign
string: "appid=cdrs&nonce={nonce}&ts={ts}&body={bodyhash}&key={key}"
put: {headers: {appid: cdrs, ts: "{ts}", nonce: "{nonce}", sign: "{sign}"}}
`

func request(method, raw, body string, header ...string) *client.Request {
	u, _ := url.Parse(raw)
	r := &client.Request{Method: method, URL: u, Header: http.Header{}, Body: []byte(body)}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func apply(t *testing.T, s *auth.Spec, secrets map[string]string, charset string, r *client.Request) {
	t.Helper()
	signer, err := s.Signer(deps(secrets), charset, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.Apply(context.Background(), r); err != nil {
		t.Fatal(err)
	}
}

func received(r *client.Request) *http.Request {
	out := httptest.NewRequest(r.Method, r.URL.String(), bytes.NewReader(r.Body))
	out.Header = r.Header.Clone()
	return out
}

func TestL1SignatureAsWritten(t *testing.T) {
	r := request("POST", "http://h/api/case/add", `{"ajmc":"张三诉某公司"}`, "Content-Type", "application/json")
	apply(t, spec(t, l1), map[string]string{"sign": "s3cret"}, "UTF-8", r)
	sum := func(s string) string { h := sm3.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	want := sum(fmt.Sprintf("appid=cdrs&nonce=%s&ts=1790000000&body=%s&key=s3cret", r.Header.Get("nonce"), sum(string(r.Body))))
	if r.Header.Get("sign") != want || r.Header.Get("appid") != "cdrs" || r.Header.Get("ts") != "1790000000" || len(r.Header.Get("nonce")) < 16 {
		t.Fatalf("%v, want %s", r.Header, want)
	}
}

func TestL4ValuesOnGBKBytes(t *testing.T) {
	s := spec(t, `{kind: sign, algorithm: md5, key: secret:sign, string: "{values:wbbh,ajmc,sqr1_xm}{key}", charset: GBK, put: {form: {sign: "{sign}"}}}`)
	gbk := func(s string) string { b, _ := simplifiedchinese.GBK.NewEncoder().String(s); return b }
	body := "ajmc=" + url.QueryEscape(gbk("追索劳动报酬")) + "&wbbh=A1&sqr1_xm=" + url.QueryEscape(gbk("张三"))
	r := request("POST", "http://h/add.do", body, "Content-Type", "application/x-www-form-urlencoded; charset=GBK")
	apply(t, s, map[string]string{"sign": "k"}, "GBK", r)
	sum := md5.Sum([]byte(gbk("A1追索劳动报酬张三k")))
	if want := body + "&sign=" + hex.EncodeToString(sum[:]); string(r.Body) != want {
		t.Fatalf("%s\nwant %s", r.Body, want)
	}
}

func TestParamsAreSortedAndLeaveTheSignatureOut(t *testing.T) {
	s := spec(t, `{kind: sign, algorithm: sha256, key: secret:k, string: "{params}&key={key}", put: {query: {appid: x, ts: "{ts}", signature: "{sign}"}}}`)
	r := request("POST", "http://h/a?b=2&a=%E4%B8%AD", `{"z":1.0,"empty":"","none":null,"sign":"old","b":"not me","obj":{"y": [1, "二"]},"yes":true}`, "Content-Type", "application/json")
	apply(t, s, map[string]string{"k": "K"}, "UTF-8", r)
	verify(t, spec(t, `{kind: sign, algorithm: sha256, key: secret:k, string: "a=中&appid=x&b=2&obj={\"y\":[1,\"二\"]}&ts={ts}&yes=true&z=1.0&key={key}", put: {query: {appid: x, ts: "{ts}", signature: "{sign}"}}}`), map[string]string{"k": "K"}, received(r), r.Body, nil)
}

func verify(t *testing.T, s *auth.Spec, secrets map[string]string, r *http.Request, body []byte, want error) {
	t.Helper()
	v, err := s.Verifier(deps(secrets), "UTF-8")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(r, body); !errors.Is(err, want) && (want != nil || err != nil) {
		t.Fatalf("%v, want %v", err, want)
	}
}

func pemKeys(t *testing.T) (private, public string) {
	t.Helper()
	k, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err := smx509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	b, err := smx509.MarshalPKIXPublicKey(&k.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: a})), string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: b}))
}

func TestWhatIsSignedVerifies(t *testing.T) {
	private, public := pemKeys(t)
	for _, algorithm := range []string{"sm3", "md5", "sha256", "hmac-sha256", "hmac-sm3", "sm2"} {
		for _, encoding := range []string{"hex", "HEX", "base64"} {
			for _, put := range []string{`{headers: {x-auth: "ts={ts};nonce={nonce};sign={sign}"}}`, `{query: {t: "{ts}", n: "{nonce}", s: "{sign}"}}`, `{form: {t: "{ts}", n: "{nonce}", s: "{sign}", app: a b}}`} {
				for _, ts := range []string{"unix", "unixms", "yyyyMMddHHmmss"} {
					name := algorithm + " " + encoding + " " + put[1:7] + ts
					s := spec(t, fmt.Sprintf(`{kind: sign, algorithm: %s, key: secret:k, string: "{method}{path}?{query}{header:x-b}{params}{body}{bodyhash}{ts}{nonce}", encoding: %s, ts: %s, put: %s}`, algorithm, encoding, ts, put))
					own, peer := "key", "key"
					if algorithm == "sm2" {
						own, peer = private, public
					}
					r := request("POST", "http://h/a%2Fb?q=1", "x=1&y=%E4%B8%AD", "Content-Type", "application/x-www-form-urlencoded", "X-B", "b")
					apply(t, s, map[string]string{"k": own}, "UTF-8", r)
					v, err := s.Verifier(deps(map[string]string{"k": peer}), "UTF-8")
					if err != nil {
						t.Fatal(name, err)
					}
					undo, err := v.Verify(received(r), r.Body)
					if err != nil {
						t.Fatal(name, err)
					}
					if _, err := v.Verify(received(r), r.Body); !errors.Is(err, auth.ErrRefused) {
						t.Fatal(name, "replay passed", err)
					}
					undo()
					if _, err := v.Verify(received(r), r.Body); err != nil {
						t.Fatal(name, "undo did not", err)
					}
					undo()
					changed := bytes.Replace(r.Body, []byte("x=1"), []byte("x=2"), 1)
					if _, err := v.Verify(received(r), changed); !errors.Is(err, auth.ErrRefused) {
						t.Fatal(name, "changed body passed")
					}
				}
			}
		}
	}
}

func TestClockToleranceAndFixedValues(t *testing.T) {
	s, secrets := spec(t, l1), map[string]string{"sign": "s"}
	for name, c := range map[string]struct {
		change func(h http.Header)
		late   time.Duration
		ok     bool
	}{
		"as sent":          {func(http.Header) {}, 0, true},
		"four minutes old": {func(http.Header) {}, 4 * time.Minute, true},
		"six minutes old":  {func(http.Header) {}, 6 * time.Minute, false},
		"from the future":  {func(http.Header) {}, -6 * time.Minute, false},
		"another appid":    {func(h http.Header) { h.Set("appid", "other") }, 0, false},
		"no sign":          {func(h http.Header) { h.Del("sign") }, 0, false},
		"sign in capitals": {func(h http.Header) { h.Set("sign", strings.ToUpper(h.Get("sign"))) }, 0, true},
		"stamp of words":   {func(h http.Header) { h.Set("ts", "x") }, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := request("POST", "http://h/local/510000/progress", `{}`, "Content-Type", "application/json")
			apply(t, s, secrets, "UTF-8", r)
			c.change(r.Header)
			d := deps(secrets)
			d.Now = func() time.Time { return clock.Add(c.late) }
			v, err := s.Verifier(d, "UTF-8")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := v.Verify(received(r), r.Body); (err == nil) != c.ok {
				t.Fatal(err)
			}
		})
	}
}

func TestBasicAndBearer(t *testing.T) {
	secrets := map[string]string{"p": "密码"}
	for _, text := range []string{`{kind: basic, user: u, password: secret:p}`, `{kind: bearer, token: secret:p}`, `{kind: bearer, token: secret:p, header: X-Token}`} {
		r := request("POST", "http://h/", "")
		apply(t, spec(t, text), secrets, "UTF-8", r)
		verify(t, spec(t, text), secrets, received(r), nil, nil)
		verify(t, spec(t, text), map[string]string{"p": "other"}, received(r), nil, auth.ErrRefused)
	}
	r := request("POST", "http://h/", "")
	apply(t, spec(t, `{kind: bearer, token: secret:p, header: X-Token}`), map[string]string{"p": "t"}, "UTF-8", r)
	if r.Header.Get("X-Token") != "t" || r.Header.Get("Authorization") != "" {
		t.Fatal(r.Header)
	}
}

func TestTokenIsCachedAndRenewedOnce(t *testing.T) {
	for _, inForm := range []bool{false, true} {
		var asked atomic.Int32
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id, secret, basic := r.BasicAuth()
			if inForm {
				basic = false
				id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
			}
			if basic == inForm || id != "c" || secret != "s" || r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "a b" {
				w.WriteHeader(401)
				return
			}
			fmt.Fprintf(w, `{"access_token":"t%d","expires_in":3600}`, asked.Add(1))
		}))
		defer s.Close()
		calls := client.New(client.Options{Host: "127.0.0.1", Timeout: 5 * time.Second})
		signer, err := spec(t, fmt.Sprintf(`{kind: oauth2, url: "%s", client: c, secret: secret:s, scope: a b}`, s.URL)).Signer(deps(map[string]string{"s": "s"}), "UTF-8", calls)
		if err != nil {
			t.Fatal(err)
		}
		ctx, sent := adapter.Track(context.Background())
		old := request("GET", "http://h/", "")
		for range 3 {
			r := request("GET", "http://h/", "")
			if err := signer.Apply(ctx, r); err != nil || r.Header.Get("Authorization") != "Bearer t1" {
				t.Fatal(err, r.Header)
			}
			old = r
		}
		for range 2 { // two attempts were refused with the same token: one renewal
			if !signer.Renew(old) {
				t.Fatal("no renewal")
			}
			r := request("GET", "http://h/", "")
			if err := signer.Apply(ctx, r); err != nil || r.Header.Get("Authorization") != "Bearer t2" {
				t.Fatal(err, r.Header)
			}
		}
		if sent.Yes() {
			t.Fatal("asking for a token counts as the message's own bytes")
		}
	}
}

func TestTokenRefusedIsTrouble(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		http.Error(w, "no", http.StatusUnauthorized)
	}))
	defer s.Close()
	calls := client.New(client.Options{Host: "127.0.0.1", Timeout: 5 * time.Second})
	signer, err := spec(t, fmt.Sprintf(`{kind: oauth2, url: "%s", client: c, secret: secret:s}`, s.URL)).Signer(deps(map[string]string{"s": "s"}), "UTF-8", calls)
	if err != nil {
		t.Fatal(err)
	}
	err = signer.Apply(context.Background(), request("GET", "http://h/", ""))
	if f := adapter.Classify(err, false); f.Outcome != adapter.UnitTrouble || f.Cause != "token-401" {
		t.Fatalf("%+v", f)
	}
}

func TestUnsignableIsHeldNotRepeated(t *testing.T) {
	s := spec(t, `{kind: sign, algorithm: md5, key: secret:k, string: "{values:xm}{key}", charset: GBK, put: {headers: {s: "{sign}"}}}`)
	signer, err := s.Signer(deps(map[string]string{"k": "k"}), "UTF-8", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = signer.Apply(context.Background(), request("POST", "http://h/", `{"xm":"䶮"}`, "Content-Type", "application/json"))
	if f := adapter.Classify(err, false); f.Outcome != adapter.Refused || strings.Contains(f.Error(), "䶮") {
		t.Fatalf("%+v", f)
	}
	_, public := pemKeys(t)
	signer, err = spec(t, `{kind: sign, algorithm: sm2, key: secret:k, string: "{key}", put: {headers: {s: "{sign}"}}}`).Signer(deps(map[string]string{"k": public}), "UTF-8", nil)
	if err != nil {
		t.Fatal(err)
	}
	err = signer.Apply(context.Background(), request("POST", "http://h/", ""))
	if f := adapter.Classify(err, false); f.Outcome != adapter.UnitTrouble {
		t.Fatalf("%+v", f)
	}
}

func TestNonceMemoryIsBounded(t *testing.T) {
	s := spec(t, l1)
	r := request("POST", "http://h/", `{}`, "Content-Type", "application/json")
	apply(t, s, map[string]string{"sign": "s"}, "UTF-8", r)
	long := strings.Repeat("n", 300)
	sum := func(s string) string { h := sm3.Sum([]byte(s)); return hex.EncodeToString(h[:]) }
	r.Header.Set("nonce", long)
	r.Header.Set("sign", sum(fmt.Sprintf("appid=cdrs&nonce=%s&ts=1790000000&body=%s&key=s", long, sum("{}"))))
	verify(t, s, map[string]string{"sign": "s"}, received(r), r.Body, auth.ErrRefused)
}

func TestFindings(t *testing.T) {
	for text, code := range map[string]string{
		`{kind: magic}`: "bad-value",
		`{kind: basic, user: u, password: hunter2}`: "secret-literal",
		`{kind: basic, user: u, password: env:X}`:   "secret-literal",
		`{kind: bearer}`:                             "missing",
		`{kind: none, user: u}`:                      "unknown-key",
		`{kind: sign, key: secret:k, string: "{x}"}`: "bad-value",
		`{kind: sign, key: secret:k, string: "{key}", put: {headers: {s: "{sign}", k: file:/x}}}`: "secret-literal",
		`{kind: sign, key: secret:k, string: "{key}", put: {headers: {t: "{ts}"}}}`:               "bad-value",
	} {
		var n yaml.Node
		if err := yaml.Unmarshal([]byte(text), &n); err != nil {
			t.Fatal(err)
		}
		r := &settings.Reader{}
		auth.Parse(r, &n)
		if len(r.Findings) == 0 || r.Findings[0].Code != code {
			t.Errorf("%s: %+v", text, r.Findings)
		}
	}
}
