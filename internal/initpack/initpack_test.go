package initpack

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"duijie/internal/config"
	"duijie/internal/sm"
)

func TestWhatInitWritesIsAWorkingConfiguration(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	files, err := Init(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"duijie.yaml", "packs/510000/pack.yaml", "packs/510000/mappings/case.delegated.yaml"} {
		if !slices.Contains(files, name) {
			t.Errorf("%s is not among %v", name, files)
		}
	}
	c, findings := config.Load(filepath.Join(dir, "duijie.yaml"))
	if len(findings) > 0 {
		t.Errorf("findings: %v", findings)
	}
	if findings := c.CheckSecrets(); len(findings) > 0 {
		t.Errorf("secrets: %v", findings)
	}
	for _, ref := range []string{c.National.Sign.Keys[0], c.Senders[0].Verify.Keys[0]} {
		text, err := c.Secret(ref)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sm.ParseKey(sm.V1SM3, text); err != nil {
			t.Errorf("%s: %v", ref, err)
		}
	}
	token, err := c.Secret("file:secrets/admin.token")
	if err != nil || c.Admins[0].TokenHash != "sm3:"+sm.SM3Hex([]byte(token)) {
		t.Errorf("the token is not the one of the configuration: %v", err)
	}
}

func TestSecretsAreForTheOwnerOnlyAndFreshEachTime(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	files, err := Init(one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Init(two); err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if !strings.HasPrefix(name, "secrets/") {
			continue
		}
		info, err := os.Stat(filepath.Join(one, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
		a, _ := os.ReadFile(filepath.Join(one, name))
		b, _ := os.ReadFile(filepath.Join(two, name))
		if string(a) == string(b) {
			t.Errorf("%s is the same in two folders", name)
		}
	}
}

func TestFolderThatHoldsAnythingIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Init(dir); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("err = %v", err)
	}
}
