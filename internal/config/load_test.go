package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// load writes a configuration into a folder of its own and reads it.
func load(t *testing.T, text string) (*Config, []Finding) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "duijie.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Load(path)
}

const whole = `
listen: 127.0.0.1:8080
admin: 127.0.0.1:8081
publicPath: /duijie
trustedProxies: [10.0.0.0/8]
data: ./data
store: bbolt
packs: [.]
exchange: [/data/exchange]
lang: zh
national:
  url: https://national.example.gov.cn/v1/messages
  materials: https://national.example.gov.cn/v1/materials
  source: urn:duijie:gateway:510000
  sign: {scheme: v1sm3, key: env:DUIJIE_NATIONAL_KEY}
  retry: {initial: 1s, max: 1m}
  limits: {concurrency: 4, timeout: 20s}
senders:
  - source: urn:national:mohrss
    verify: {scheme: v1sm3, keys: [env:DUIJIE_MOHRSS_KEY, file:old.key], tolerance: 10m}
    units: ["*"]
units:
  - code: 510000
    pack: "510000"
    mode: parallel
    since: 2026-01-01T00:00:00+08:00
    settings: {url: https://aj.example.gov.cn}
    secrets: {sign: env:DUIJIE_510000_SIGN}
    allow: [aj2.example.gov.cn]
    from: [10.1.0.0/16, 10.2.3.4]
limits: {body: 1MiB, backlog: 0, diskFree: 0}
retention: {payload: 60d, log: 2000d}
notifyHeld: 30m
admins: [{name: wang, tokenHash: "sm3:207cf410532f92a47dee245ce9b11ff71f578ebd763eb3bbea44ebd043d018fb", role: operator}]
calendar: {holidays: file:holidays.yaml}
deadlines: {accept: 5wd, mediate.pre: 45d}
log: {level: debug, file: log/duijie.log, maxSize: 10MiB, keep: 200d}
`

func TestWholeFileOfTheContractIsRead(t *testing.T) {
	dir := t.TempDir()
	holidays := "2026:\n  holidays: [2026-10-01]\n  workdays: [2026-10-10]\n"
	for name, text := range map[string]string{"duijie.yaml": whole, "holidays.yaml": holidays} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, findings := Load(filepath.Join(dir, "duijie.yaml"))
	if len(findings) > 0 {
		t.Fatalf("findings: %v", findings)
	}
	u := c.Units[0]
	if u.Code != "510000" || u.Mode != "parallel" || u.Since.UTC() != time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC) || u.Secrets["sign"] != "env:DUIJIE_510000_SIGN" || u.Settings == nil {
		t.Errorf("unit = %+v", u)
	}
	if got, want := c.Data, filepath.Join(dir, "data"); got != want {
		t.Errorf("data = %s, want %s", got, want)
	}
	if got, want := c.Log.File, filepath.Join(dir, "log/duijie.log"); got != want {
		t.Errorf("log.file = %s, want %s", got, want)
	}
	want := Limits{Body: 1 << 20, Material: 200 << 20, BacklogUnit: 250_000}
	if diff := cmp.Diff(want, c.Limits); diff != "" {
		t.Errorf("limits: %s", diff)
	}
	if got := c.Senders[0].Verify; got.Tolerance != 10*time.Minute || len(got.Keys) != 2 {
		t.Errorf("verify = %+v", got)
	}
	if got := c.National; got.Retry != (Retry{time.Second, time.Minute, 2, 0.3}) || got.Concurrency != 4 || got.Timeout != 20*time.Second {
		t.Errorf("national = %+v", got)
	}
	if diff := cmp.Diff(map[int]Year{2026: {Holidays: []string{"2026-10-01"}, Workdays: []string{"2026-10-10"}}}, c.Calendar); diff != "" {
		t.Errorf("calendar: %s", diff)
	}
	if c.Deadlines["accept"] != "5wd" || c.NotifyHeld != 30*time.Minute || c.Retention != (Retention{60 * day, 2000 * day}) {
		t.Errorf("deadlines %v, notifyHeld %v, retention %v", c.Deadlines, c.NotifyHeld, c.Retention)
	}
}

func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	c, findings := load(t, "")
	if Failed(findings) {
		t.Fatalf("findings: %v", findings)
	}
	if c.Listen != "127.0.0.1:8080" || c.Admin != "127.0.0.1:8081" || filepath.Base(c.Data) != "data" || c.Lang != "zh" || c.NotifyHeld != 4*time.Hour {
		t.Errorf("config = %+v", c)
	}
	if diff := cmp.Diff(Limits{10 << 20, 200 << 20, 1_000_000, 250_000, 1 << 30, 0}, c.Limits); diff != "" {
		t.Errorf("limits: %s", diff)
	}
	if c.Retention != (Retention{30 * day, 1095 * day}) || c.Log != (Log{"info", "", 100 << 20, 180 * day}) {
		t.Errorf("retention %v, log %v", c.Retention, c.Log)
	}
}

// TestFindings names what is wrong by CODE@LINE:COL.
func TestFindings(t *testing.T) {
	const quiet = "admins: [{name: a, tokenHash: \"sm3:207cf410532f92a47dee245ce9b11ff71f578ebd763eb3bbea44ebd043d018fb\", role: admin}]\n" +
		"national: {url: \"http://127.0.0.1/\", source: s, sign: {scheme: none}}\n"
	const sender = "senders: [{source: s, verify: {scheme: none}, units: [\"*\"]}]\n"
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"unknown key":                  {sender + "lisen: 127.0.0.1:1\n", []string{"unknown-key@4:1"}},
		"unknown key below":            {sender + "limits: {bod: 1MiB}\n", []string{"unknown-key@4:10"}},
		"key twice":                    {sender + "lang: zh\nlang: en\n", []string{"syntax@5:1"}},
		"wrong types, all at once":     {sender + "listen: [1]\nlimits: {body: big, backlog: -1}\nnotifyHeld: soon\n", []string{"bad-value@4:9", "bad-value@5:16", "bad-value@5:30", "bad-value@6:13"}},
		"another store":                {sender + "store: env:DUIJIE_STORE\n", []string{"bad-value@4:8"}},
		"open sender":                  {"listen: 0.0.0.0:8080\n" + sender, []string{"open-sender@4:31"}},
		"literal key":                  {"senders: [{source: s, verify: {scheme: v1, key: whsec_abc}, units: [\"*\"]}]\n", []string{"secret-literal@3:49"}},
		"literal secret of a unit":     {sender + "units: [{code: a, pack: p, mode: docked, secrets: {sign: hunter2}}]\n", []string{"secret-literal@4:58"}},
		"no key":                       {"senders: [{source: s, verify: {scheme: v1sm3}, units: [\"*\"]}]\n", []string{"missing@3:31"}},
		"source twice":                 {"senders: [{source: s, verify: {scheme: none}, units: [\"*\"]}, {source: s, verify: {scheme: none}, units: [\"*\"]}]\n", []string{"duplicate@3:71"}},
		"unit twice":                   {sender + "units:\n  - {code: \"1\", pack: p, mode: docked}\n  - {code: \"1\", pack: p, mode: docked}\n", []string{"duplicate@6:12"}},
		"parallel without since":       {sender + "units: [{code: a, pack: p, mode: parallel}]\n", []string{"missing@4:34"}},
		"sender of a unit that is not": {"senders: [{source: s, verify: {scheme: none}, units: [\"9\"]}]\n", []string{"unknown-unit@3:54"}},
		"unit's code is no path":       {sender + "units: [{code: ../a, pack: p, mode: docked}]\n", []string{"bad-value@4:16"}},
		"holidays that are not there":  {sender + "calendar: {holidays: file:none.yaml}\n", []string{"no-such-file@4:11"}},
		"length without a kind of day": {sender + "deadlines: {accept: 3}\n", []string{"bad-value@4:21"}},
		"log shorter than payload":     {sender + "retention: {log: 10d}\n", []string{"bad-value@4:18"}},
		"log shorter than the law":     {sender + "log: {file: duijie.log, maxSize: 1KiB, keep: 30d}\n", []string{"log-short@4:46"}},
		"log that goes to stderr":      {sender + "log: {keep: 30d}\n", nil},
		"log of negative size":         {sender + "log: {file: duijie.log, maxSize: -1, keep: 0}\n", []string{"bad-value@4:34"}},
		"no YAML":                      {sender + "units: [\n", []string{"syntax@5:1"}},
		"two documents":                {sender + "---\nlang: zh\n", []string{"syntax@5:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, findings := load(t, quiet+c.text)
			if diff := cmp.Diff(c.want, places(findings)); diff != "" {
				t.Errorf("findings differ: %s\n%v", diff, findings)
			}
		})
	}
}

func places(findings []Finding) []string {
	var out []string
	for _, f := range findings {
		at := strings.SplitN(f.String(), ": ", 2)[0]
		parts := strings.Split(at, ":")
		out = append(out, f.Code+"@"+strings.Join(parts[len(parts)-2:], ":"))
	}
	return out
}

func TestAdminBeyondLoopbackNeedsAdmins(t *testing.T) {
	_, findings := load(t, "admin: 0.0.0.0:8081\n")
	if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == "open-admin" && f.Severity == "error" }) {
		t.Errorf("findings: %v", findings)
	}
	_, findings = load(t, "")
	if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Code == "no-admins" && f.Severity == "warning" }) {
		t.Errorf("findings: %v", findings)
	}
}

func TestNearestNameIsTold(t *testing.T) {
	_, findings := load(t, "sender: []\n")
	if !slices.ContainsFunc(findings, func(f Finding) bool { return f.Hint == "did you mean senders?" }) {
		t.Errorf("findings: %v", findings)
	}
}

func TestFindingsQuoteNoSecret(t *testing.T) {
	_, findings := load(t, "senders: [{source: s, verify: {scheme: v1, keys: [whsec_topsecret]}, units: [a]}]\nunits: [{code: b, pack: b, secrets: {sign: topsecret}}]\n")
	for _, f := range findings {
		if strings.Contains(f.String(), "topsecret") {
			t.Errorf("quoted: %v", f)
		}
	}
}

func TestSecretIsReadWithoutItsLineBreak(t *testing.T) {
	c, _ := load(t, "")
	if err := os.WriteFile(c.Path("file:key"), []byte("geheim \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DUIJIE_TEST_KEY", "aus der Umgebung\n")
	for ref, want := range map[string]string{"file:key": "geheim ", "env:DUIJIE_TEST_KEY": "aus der Umgebung"} {
		if got, err := c.Secret(ref); err != nil || got != want {
			t.Errorf("Secret(%s) = %q, %v", ref, got, err)
		}
	}
	for _, ref := range []string{"file:none", "env:DUIJIE_TEST_NONE", "literal"} {
		if _, err := c.Secret(ref); err == nil {
			t.Errorf("Secret(%s) gave no error", ref)
		}
	}
}

func TestCheckSecretsPointsAtTheReference(t *testing.T) {
	c, _ := load(t, "units:\n  - code: a\n    pack: a\n    secrets: {sign: env:DUIJIE_TEST_NONE}\n")
	if got := places(c.CheckSecrets()); !slices.Equal(got, []string{"no-such-secret@4:21"}) {
		t.Errorf("findings: %v", got)
	}
}
