package pack

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"go.yaml.in/yaml/v4"
)

func copyPack(t *testing.T, dir, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/pack.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnitSettingsAreLaidOverThePacks(t *testing.T) {
	p, _ := loadText(small)
	for name, c := range map[string]struct{ unit, url, headers, strict string }{
		"none":                      {"{}", "https://pack", "2", ""},
		"flat, known to the sink":   {"{url: https://unit}", "https://unit", "2", ""},
		"a value replaces it whole": {"{headers: {c: 3}}", "https://pack", "1", ""},
		"flat, known to the source": {"{strict: true}", "https://pack", "2", "true"},
		"named ends":                {"{sink: {url: https://unit}, source: {strict: true}}", "https://unit", "2", "true"},
	} {
		t.Run(name, func(t *testing.T) {
			unit := node(t, c.unit)
			sink, source := p.SinkSettings(unit), p.SourceSettings(unit)
			if got := setting(sink, "url"); got != c.url {
				t.Errorf("url = %s", got)
			}
			if got := setting(sink, "headers"); got != c.headers {
				t.Errorf("headers = %s", got)
			}
			if got := setting(source, "strict"); got != c.strict {
				t.Errorf("strict = %s", got)
			}
			if setting(sink, "strict") != "" || setting(source, "url") != "" {
				t.Error("a key went to the end that does not know it")
			}
			if setting(p.SinkSettings(nil), "url") != "https://pack" {
				t.Error("the pack itself was changed")
			}
		})
	}
}

func TestUseIsChecked(t *testing.T) {
	p, _ := loadText(small)
	bound := map[string]string{"token": "env:TOKEN"}
	for name, c := range map[string]struct {
		settings string
		use      Use
		want     []string
	}{
		"all is well":                  {"{}", Use{Secrets: bound, Loopback: true}, nil},
		"key that neither end knows":   {"{urll: x}", Use{Secrets: bound, Loopback: true}, []string{"unknown-key@1:2"}},
		"key that the named end knows": {"{sink: {strict: true}}", Use{Secrets: bound, Loopback: true}, []string{"unknown-key@1:17"}},
		"bad value":                    {"{url: bad}", Use{Secrets: bound, Loopback: true}, []string{"bad-value@1:7"}},
		"secret not bound":             {"{}", Use{Line: 7, Col: 3, Loopback: true}, []string{"secret-unbound@7:3"}},
		"secret that nobody asks for":  {"{}", Use{Line: 7, Col: 3, Secrets: map[string]string{"token": "env:A", "x": "env:B"}, Loopback: true}, []string{"secret-unused@7:3"}},
		"surface open to all":          {"{}", Use{Line: 7, Col: 3, Secrets: bound}, []string{"open-local@7:3"}},
		"surface behind mTLS":          {"{}", Use{Secrets: bound, Mutual: true}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c.use.File, c.use.Settings = "duijie.yaml", node(t, c.settings)
			var got []string
			for _, f := range p.CheckUse(c.use) {
				if f.File != "duijie.yaml" {
					t.Errorf("file = %s", f.File)
				}
				got = append(got, f.Code+"@"+strconv.Itoa(f.Line)+":"+strconv.Itoa(f.Col))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", got, c.want)
			}
		})
	}
}

// A unit may put a folder of this machine in the place of one over SFTP: it then
// has no key to bind.
func TestFolderOfThisMachineNeedsNoKey(t *testing.T) {
	p, _ := loadText(`unit: "650000"
sink: {kind: file, settings: {root: "sftp://gw@host/exchange", key: secret:ssh, knownHosts: secret:known}}
source: {kind: file, reads: [{dir: out}]}
`)
	bound := map[string]string{"ssh": "env:A", "known": "env:B"}
	for name, c := range map[string]struct {
		settings string
		secrets  map[string]string
		want     []string
	}{
		"over SFTP, bound":          {"{}", bound, nil},
		"over SFTP, not bound":      {"{}", nil, []string{"secret-unbound", "secret-unbound"}},
		"another server, not bound": {"{root: 'sftp://gw@other/x'}", nil, []string{"secret-unbound", "secret-unbound"}},
		"a folder":                  {"{sink: {root: /data/exchange}}", nil, nil},
		"a folder, bound all same":  {"{sink: {root: /data/exchange}}", bound, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range p.CheckUse(Use{File: "duijie.yaml", Settings: node(t, c.settings), Secrets: c.secrets, Loopback: true}) {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", got, c.want)
			}
		})
	}
}

func TestLastGoodPackIsKept(t *testing.T) {
	dir := t.TempDir() + "/kept"
	if _, err := LoadSnapshot("510000", dir, scripted); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("nothing kept: %v", err)
	}
	p, _ := loadText(small)
	for range 2 {
		if err := p.Snapshot(dir); err != nil {
			t.Fatal(err)
		}
	}
	again, err := LoadSnapshot("510000", dir, scripted)
	if err != nil || again.Version != p.Version || again.Name != p.Name {
		t.Fatalf("kept = %+v, %v", again, err)
	}
	if err := os.WriteFile(dir+"/510000.zip", []byte("no zip"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSnapshot("510000", dir, scripted); err == nil {
		t.Error("a broken file gave no error")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("%d files left", len(entries))
	}
}

func TestSettingsSayWhichKeysAreTheOperatorsWord(t *testing.T) {
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte("url: x\nsink: {root: /a}\nsource: {every: 5s}\n"), &doc); err != nil {
		t.Fatal(err)
	}
	for end, want := range map[string]map[string]bool{"sink": {"url": true, "root": true}, "source": {"url": true, "every": true}} {
		if got := fromUnit(doc.Content[0], end); !maps.Equal(got, want) {
			t.Errorf("%s: %v, want %v", end, got, want)
		}
	}
}
