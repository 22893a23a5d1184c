package envelope_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/envelope"
	read "duijie/adapter/settings"
	"duijie/internal/sm"
)

const unit = "310000"

// settings are those of one envelope; bare leaves C1's 04 out.
type settings struct {
	cipher, signature, uid, mode string
	bare                         bool
}

func spec(t testing.TB, text string) (*envelope.Spec, []adapter.Finding) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	m := (&read.Reader{File: "pack.yaml"}).Map(&n)
	s := envelope.Read(m, nil)
	m.End()
	return s, m.Findings
}

func bound(t testing.TB, s settings, own, peer string) *envelope.Envelope {
	t.Helper()
	b, err := json.Marshal(map[string]string{"own": "secret:own", "peer": "secret:peer", "cipher": s.cipher, "signature": s.signature, "uid": s.uid, "mode": s.mode})
	if err != nil {
		t.Fatal(err)
	}
	sp, findings := spec(t, "{envelope: sm, sm: "+string(b)+"}")
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	e, err := sp.Bind(adapter.Deps{Unit: unit, Now: time.Now, Secret: func(name string) (string, error) {
		return map[string]string{"own": own, "peer": peer}[name], nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// two are the gateway and its peer.
func two(t testing.TB, s settings) (us, them *envelope.Envelope) {
	t.Helper()
	a, pubA, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	b, pubB, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	return bound(t, s, a, pubB), bound(t, s, b, pubA)
}

func TestBothWaysInEveryForm(t *testing.T) {
	for _, cipher := range []string{"asn1", "c1c3c2", "c1c2c3"} {
		for _, signature := range []string{"asn1", "rs"} {
			for _, mode := range []string{"cbc", "gcm"} {
				us, them := two(t, settings{cipher: cipher, signature: signature, mode: mode})
				for _, document := range []string{"", "x", "0123456789abcdef", strings.Repeat("案", 100_000)} {
					sealed, err := us.Seal([]byte(document))
					if err != nil {
						t.Fatal(err)
					}
					if got, _, err := them.Open(sealed); err != nil || string(got) != document {
						t.Fatalf("%s %s %s: %v", cipher, signature, mode, err)
					}
				}
			}
		}
	}
}

// change alters one member of an envelope.
func change(t testing.TB, raw []byte, name string, to any) []byte {
	t.Helper()
	var e map[string]any
	if err := json.Unmarshal(raw, &e); err != nil {
		t.Fatal(err)
	}
	e[name] = to
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRefusals(t *testing.T) {
	us, them := two(t, settings{})
	sealed, err := us.Seal([]byte("document of 张三"))
	if err != nil {
		t.Fatal(err)
	}
	stranger, _ := two(t, settings{})
	other, err := stranger.Seal([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"no JSON": []byte("<html>"), "no members": []byte("{}"), "a list": []byte("[]"),
		"another's signature": other, "body changed": change(t, sealed, "body", "AAAAAAAAAAAAAAAAAAAAAA=="), "key changed": change(t, sealed, "key", "AAAA"),
		"time changed": change(t, sealed, "time", "1"), "unit changed": change(t, sealed, "unit", "510000"), "no base64": change(t, sealed, "iv", "*"),
		"no nonce": change(t, sealed, "nonce", ""), "nonce of another type": change(t, sealed, "nonce", 7),
	} {
		if _, _, err := them.Open(raw); !errors.Is(err, envelope.ErrRefused) || strings.Contains(err.Error(), "张三") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := them.Open(sealed); err != nil {
		t.Fatalf("a refusal used up the good one's nonce: %v", err)
	}
	if _, _, err := them.Open(sealed); !errors.Is(err, envelope.ErrRefused) {
		t.Fatal("the same envelope was taken twice")
	}
}

func TestUndoLetsItComeAgain(t *testing.T) {
	us, them := two(t, settings{mode: "gcm"})
	sealed, err := us.Seal([]byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	_, undo, err := them.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	undo()
	if _, _, err := them.Open(sealed); err != nil {
		t.Fatal(err)
	}
}

func TestFindings(t *testing.T) {
	for text, want := range map[string]string{
		"{envelope: sm}": "missing", "{envelope: pgp}": "bad-value", "{envelope: sm, sm: {own: secret:a}}": "missing",
		"{envelope: sm, sm: {own: hunter2, peer: secret:b}}": "secret-literal", "{sm: {cipher: c2c1c3}}": "bad-value", "{sm: {modus: gcm}}": "unknown-key",
	} {
		_, findings := spec(t, text)
		if len(findings) == 0 || findings[0].Code != want {
			t.Errorf("%s: %+v, want %s", text, findings, want)
		}
	}
	if s, findings := spec(t, "{envelope: none}"); s != nil || len(findings) > 0 {
		t.Errorf("%+v", findings)
	}
}

func TestKeysAreChecked(t *testing.T) {
	own, pub, err := sm.NewSM2()
	if err != nil {
		t.Fatal(err)
	}
	sp, _ := spec(t, "{envelope: sm, sm: {own: secret:own, peer: secret:peer}}")
	for name, keys := range map[string][2]string{"a public own key": {pub, pub}, "no PEM": {"k", pub}, "no peer": {own, ""}} {
		_, err := sp.Bind(adapter.Deps{Secret: func(n string) (string, error) {
			return map[string]string{"own": keys[0], "peer": keys[1]}[n], nil
		}})
		if err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzOpen(f *testing.F) {
	us, them := two(f, settings{})
	sealed, err := us.Seal([]byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add([]byte(`{"unit":"310000","time":1,"nonce":"n","key":"","iv":"","body":"","sign":""}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if got, _, err := them.Open(raw); err == nil && string(got) != "x" {
			t.Fatalf("opened %q", got)
		}
	})
}
