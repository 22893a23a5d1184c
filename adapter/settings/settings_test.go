package settings_test

import (
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter/settings"
)

func read(t *testing.T, text string) (*settings.Reader, *settings.Map) {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal([]byte(text), &n); err != nil {
		t.Fatal(err)
	}
	r := &settings.Reader{File: "pack.yaml"}
	return r, r.Map(&n)
}

func TestUnknownKeyHasAPlaceAndAHint(t *testing.T) {
	r, m := read(t, "url: x\nheadres: 1\n")
	m.String("url")
	m.String("headers")
	m.End()
	if len(r.Findings) != 1 {
		t.Fatalf("%+v", r.Findings)
	}
	f := r.Findings[0]
	if f.Line != 2 || f.Col != 10 || f.Code != "unknown-key" || f.Hint != "did you mean headers?" {
		t.Fatalf("%+v", f)
	}
}

func TestSecretsAreNamesOnly(t *testing.T) {
	for text, want := range map[string]settings.Secret{"k: secret:sign": "sign", "k: env:X": "", "k: file:/x": "", "k: hunter2": "", "a: 1": ""} {
		r, m := read(t, text)
		if got := m.Secret("k"); got != want {
			t.Errorf("%s: %q", text, got)
		}
		if bad := want == "" && m.Has("k"); bad != (len(r.Findings) == 1 && r.Findings[0].Code == "secret-literal") {
			t.Errorf("%s: %+v", text, r.Findings)
		}
	}
}

func TestValues(t *testing.T) {
	r, m := read(t, "d: 30d\nh: 24h\nb: true\nn: 50\ne: look\nbad: -5s\nwhen: 'body.'\nm: {x: 1}\n")
	if m.Duration("d", 0) != 720*time.Hour || m.Duration("h", 0) != 24*time.Hour || !m.Bool("b", false) || m.Int("n", 1, 1) != 50 || m.Enum("e", "", "look", "retry") != "look" {
		t.Fatal("values differ")
	}
	if len(r.Findings) != 0 {
		t.Fatalf("%+v", r.Findings)
	}
	m.Duration("bad", 0)
	m.Expr("when")
	m.Bool("n", false)
	m.Int("e", 0, 0)
	m.String("m")
	m.Map("n")
	if len(r.Findings) != 6 {
		t.Fatalf("%+v", r.Findings)
	}
	if f := r.Findings[1]; f.Code != "expr" || f.Line != 7 || f.Col < 8 {
		t.Fatalf("%+v", f)
	}
}
