package envelope_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// openssl is the peer: another implementation of SM2, SM3 and SM4.
type openssl struct {
	*testing.T
	dir string
}

func newOpenSSL(t *testing.T) openssl {
	t.Helper()
	o := openssl{t, t.TempDir()}
	out, err := exec.Command("openssl", "version").Output()
	if err != nil || !strings.HasPrefix(string(out), "OpenSSL 3") {
		if os.Getenv("CI") != "" {
			t.Fatalf("openssl 3 is needed: %v %s", err, out)
		}
		t.Skip("openssl 3 is not here: the envelope is not compared with another implementation")
	}
	for _, who := range []string{"own", "peer"} {
		o.run(nil, "genpkey", "-algorithm", "SM2", "-out", o.path(who+".pem"))
		o.run(nil, "pkey", "-in", o.path(who+".pem"), "-pubout", "-out", o.path(who+".pub"))
	}
	return o
}

func (o openssl) path(name string) string { return filepath.Join(o.dir, name) }

func (o openssl) run(stdin []byte, args ...string) []byte {
	o.Helper()
	cmd := exec.Command("openssl", args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		o.Fatalf("openssl %v: %v %s", args, err, said.String())
	}
	return out.Bytes()
}

func (o openssl) read(name string) string {
	b, err := os.ReadFile(o.path(name))
	if err != nil {
		o.Fatal(err)
	}
	return string(b)
}

func (o openssl) write(name string, b []byte) string {
	if err := os.WriteFile(o.path(name), b, 0o600); err != nil {
		o.Fatal(err)
	}
	return o.path(name)
}

// wrapped is an SM2 ciphertext as ASN.1 has it; raw is the same in plain order.
type wrapped struct {
	X, Y   *big.Int
	C3, C2 []byte
}

func (w wrapped) raw(order string) []byte {
	out := append([]byte{4}, append(w.X.FillBytes(make([]byte, 32)), w.Y.FillBytes(make([]byte, 32))...)...)
	if order == "c1c2c3" {
		return append(append(out, w.C2...), w.C3...)
	}
	return append(append(out, w.C3...), w.C2...)
}

type pair struct{ R, S *big.Int }

// seal makes an envelope by hand: openssl encrypts, wraps and signs.
func (o openssl) seal(s settings, document string) []byte {
	o.Helper()
	key, iv := bytes.Repeat([]byte{7}, 16), bytes.Repeat([]byte{9}, 16)
	body := o.run([]byte(document), "enc", "-sm4-cbc", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(iv))
	c := o.run(nil, "pkeyutl", "-encrypt", "-pubin", "-inkey", o.path("own.pub"), "-in", o.write("key", key))
	if s.cipher != "asn1" {
		var w wrapped
		if _, err := asn1.Unmarshal(c, &w); err != nil {
			o.Fatal(err)
		}
		c = w.raw(s.cipher)
		if s.bare {
			c = c[1:]
		}
	}
	e := map[string]string{"unit": unit, "time": strconv.FormatInt(time.Now().Unix(), 10), "nonce": "n-" + s.cipher + s.signature + strconv.FormatBool(s.bare),
		"key": base64.StdEncoding.EncodeToString(c), "iv": base64.StdEncoding.EncodeToString(iv), "body": base64.StdEncoding.EncodeToString(body)}
	sum := o.sign(e, s.uid)
	if s.signature == "rs" {
		var p pair
		if _, err := asn1.Unmarshal(sum, &p); err != nil {
			o.Fatal(err)
		}
		sum = append(p.R.FillBytes(make([]byte, 32)), p.S.FillBytes(make([]byte, 32))...)
	}
	e["sign"] = base64.StdEncoding.EncodeToString(sum)
	b, err := json.Marshal(e)
	if err != nil {
		o.Fatal(err)
	}
	return b
}

func text(e map[string]string) []byte {
	return []byte(strings.Join([]string{e["unit"], e["time"], e["nonce"], e["key"], e["iv"], e["body"]}, "."))
}

func (o openssl) sign(e map[string]string, uid string) []byte {
	o.Helper()
	return o.run(nil, "pkeyutl", "-sign", "-inkey", o.path("peer.pem"), "-in", o.write("text", text(e)), "-rawin", "-digest", "sm3", "-pkeyopt", "distid:"+uid)
}

// open takes an envelope of ours apart.
func (o openssl) open(s settings, raw []byte) string {
	o.Helper()
	var e map[string]string
	if err := json.Unmarshal(raw, &e); err != nil {
		o.Fatal(err)
	}
	part := func(name string) []byte {
		b, err := base64.StdEncoding.DecodeString(e[name])
		if err != nil {
			o.Fatalf("%s: %v", name, err)
		}
		return b
	}
	sum, c := part("sign"), part("key")
	if s.signature == "rs" {
		var err error
		if sum, err = asn1.Marshal(pair{new(big.Int).SetBytes(sum[:32]), new(big.Int).SetBytes(sum[32:])}); err != nil {
			o.Fatal(err)
		}
	}
	o.run(nil, "pkeyutl", "-verify", "-pubin", "-inkey", o.path("own.pub"), "-in", o.write("text", text(e)), "-rawin", "-digest", "sm3",
		"-pkeyopt", "distid:"+s.uid, "-sigfile", o.write("sig", sum))
	if s.cipher != "asn1" {
		w := wrapped{X: new(big.Int).SetBytes(c[1:33]), Y: new(big.Int).SetBytes(c[33:65]), C3: c[65:97], C2: c[97:]}
		if s.cipher == "c1c2c3" {
			w.C2, w.C3 = c[65:81], c[81:]
		}
		var err error
		if c, err = asn1.Marshal(w); err != nil {
			o.Fatal(err)
		}
	}
	key := o.run(nil, "pkeyutl", "-decrypt", "-inkey", o.path("peer.pem"), "-in", o.write("c", c))
	return string(o.run(part("body"), "enc", "-d", "-sm4-cbc", "-K", hex.EncodeToString(key), "-iv", hex.EncodeToString(part("iv"))))
}

func TestOpenSSLAndWeUnderstandEachOther(t *testing.T) {
	o := newOpenSSL(t)
	const document = `{"xm":"张三","zjhm":"510102199001011234"}`
	for _, s := range []settings{
		{cipher: "asn1", signature: "asn1", uid: "1234567812345678"},
		{cipher: "c1c3c2", signature: "rs", uid: "1234567812345678"},
		{cipher: "c1c2c3", signature: "asn1", uid: "bureau@310000"},
		{cipher: "c1c2c3", signature: "rs", uid: "1234567812345678", bare: true},
	} {
		e := bound(t, s, o.read("own.pem"), o.read("peer.pub"))
		sealed, err := e.Seal([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(sealed, []byte("张三")) {
			t.Fatal("not encrypted")
		}
		if got := o.open(s, sealed); got != document {
			t.Errorf("%+v: openssl reads %q", s, got)
		}
		got, _, err := e.Open(o.seal(s, document))
		if err != nil || string(got) != document {
			t.Errorf("%+v: we read %q %v", s, got, err)
		}
	}
}
