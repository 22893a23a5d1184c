package main

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// night runs the program as a person does whom an alarm woke: what it says on
// stderr and with which exit code.
func night(t *testing.T, args ...string) (code int, out, said string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, newStreams(strings.NewReader(""), &o, &e, false))
	return code, o.String(), e.String()
}

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestErrorsAtNightSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	const loopback = "listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\n"
	event := put(t, dir, "event.json", `{"id":"1"}`)
	own := put(t, dir, "own.ndjson", `{"source":"s","id":"1"}`)
	port := put(t, dir, "port/duijie.yaml", "listen: "+taken.Addr().String()+"\nadmin: 127.0.0.1:0\n")
	typo := put(t, dir, "typo/duijie.yaml", "lisen: 127.0.0.1:0\n")
	tab := put(t, dir, "tab/duijie.yaml", "listen: 127.0.0.1:0\n\tadmin: x\n")
	key := put(t, dir, "key/duijie.yaml", loopback+"senders: [{source: s, verify: {scheme: v1sm3, key: file:none}, units: [\"*\"]}]\n")
	notOurs := put(t, dir, "notours/duijie.yaml", loopback)
	put(t, dir, "notours/data/duijie.db", "no store at all")
	log := put(t, dir, "log/duijie.yaml", loopback+"log: {file: duijie.yaml/x.log}\n")
	data := put(t, dir, "data/duijie.yaml", loopback+"data: duijie.yaml\n")
	there := put(t, dir, "there/duijie.yaml", loopback)
	put(t, dir, "there/data/duijie.db", "x")
	fresh := put(t, dir, "fresh/duijie.yaml", loopback)
	missing := filepath.Join(dir, "nothing.yaml")

	for what, c := range map[string]struct {
		args         []string
		code         int
		error        string
		zh, en       string
		neverOnPaper string
	}{
		"no configuration":            {[]string{"serve", "-c", missing}, 3, "no such file", "检查 -c 后面的路径", "check the path after -c", ""},
		"the same of check":           {[]string{"check", "-c", missing}, 3, "no such file", "检查 -c 后面的路径", "check the path after -c", ""},
		"the same of send":            {[]string{"send", "-c", missing, event}, 3, "no such file", "检查 -c 后面的路径", "check the path after -c", ""},
		"the same of restore":         {[]string{"restore", "-c", missing, event}, 3, "no such file", "检查 -c 后面的路径", "check the path after -c", ""},
		"a folder":                    {[]string{"check", "-c", dir}, 3, "is a directory", "检查 -c 后面的路径", "check the path after -c", ""},
		"a mistyped key":              {[]string{"serve", "-c", typo}, 1, "did you mean listen?", "请检查拼写", "--offline lists all", ""},
		"a tab":                       {[]string{"deliveries", "ls", "-c", tab}, 1, "2:1: error[syntax]", "缩进", "--offline lists all", ""},
		"a port in use":               {[]string{"serve", "-c", port}, 3, "address already in use", "端口被占", "The port is taken", ""},
		"a sender's key is not there": {[]string{"serve", "-c", key}, 1, "file:none", "duijie check", "duijie check", ""},
		"no store of ours":            {[]string{"serve", "-c", notOurs}, 3, "invalid database", "不要删", "don't delete it", ""},
		"a log that cannot be opened": {[]string{"serve", "-c", log}, 3, "log.file", "log.file 打不开", "log.file cannot be opened", ""},
		"data that is no folder":      {[]string{"serve", "-c", data}, 3, "data folder", "数据目录用不了", "data's path", ""},
		"nobody at the admin port":    {[]string{"deliveries", "ls", "--admin", "http://127.0.0.1:1"}, 3, "connection refused", "网关在运行吗", "does the gateway run", ""},
		"another program there":       {[]string{"deliveries", "ls", "--admin", other.URL}, 3, "404", "不是管理端口", "no admin listener", ""},
		"a backup from nobody":        {[]string{"backup", "--admin", "http://127.0.0.1:1", filepath.Join(dir, "b.tar")}, 3, "connection refused", "网关在运行吗", "does the gateway run", ""},
		"a backup from a stranger":    {[]string{"backup", "--admin", other.URL, filepath.Join(dir, "b.tar")}, 3, "404", "不是管理端口", "no admin listener", ""},
		"a token in clear":            {[]string{"deliveries", "ls", "--token", "hunter2"}, 2, "never the secret itself", "file:文件", "file:PATH", "hunter2"},
		"a token that is not there":   {[]string{"deliveries", "ls", "--token", "file:" + missing}, 3, "no such file", "文件是否在", "is the file there", ""},
		"a key in clear":              {[]string{"send", "--to", other.URL, "--key", "whsec_aHVudGVyMg==", event}, 2, "never the secret itself", "file:文件", "file:PATH", "whsec_"},
		"send to nobody":              {[]string{"send", "--to", "http://127.0.0.1:1", event}, 3, "connection refused", "不会重复", "won't double", ""},
		"send to a stranger":          {[]string{"send", "--to", other.URL, event}, 3, "status 404", "不是网关的公共端口", "no gateway's public listener", ""},
		"send no file":                {[]string{"send"}, 2, "usage: duijie send [flags] FILE|-", "", "", ""},
		"reconcile with nobody":       {[]string{"reconcile", "--to", "http://127.0.0.1:1", "--against", own}, 3, "connection refused", "网关没有应答", "doesn't answer", ""},
		"reconcile with a stranger":   {[]string{"reconcile", "--to", other.URL, "--against", own}, 3, "404", "不是网关的公共端口", "no gateway's public listener", ""},
		"restore over a store":        {[]string{"restore", "-c", there, event}, 1, "holds duijie.db already", "先停网关", "stop the gateway", ""},
		"restore what is no backup":   {[]string{"restore", "-c", fresh, event}, 1, "incomplete or damaged", "数据目录没有动过", "was not touched", ""},
		"restore a folder":            {[]string{"restore", "-c", fresh, dir}, 2, "is a folder", "", "", ""},
	} {
		t.Run(what, func(t *testing.T) {
			for lang, tip := range map[string]string{"zh_CN.UTF-8": c.zh, "C": c.en} {
				t.Setenv("LC_ALL", lang)
				code, out, said := night(t, c.args...)
				if code != c.code || !strings.Contains(said, c.error) || !strings.Contains(said, tip) || out != "" && c.args[0] != "check" {
					t.Errorf("%s: exit %d, want %d; stdout %q, stderr %q, want %q and %q", lang, code, c.code, out, said, c.error, tip)
				}
				if c.neverOnPaper != "" && strings.Contains(said, c.neverOnPaper) {
					t.Errorf("%s: a secret is quoted: %q", lang, said)
				}
			}
		})
	}
}

// A refusal of the gateway's is explained, once a code.
func TestRefusalIsExplained(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		code := map[bool]string{true: "token", false: "signature"}[strings.HasPrefix(r.URL.Path, "/admin/")]
		w.WriteHeader(http.StatusUnauthorized)
		w.Write([]byte(`{"type":"urn:duijie:problem:` + code + `","title":"x"}`))
	}))
	defer gateway.Close()
	event := put(t, t.TempDir(), "event.json", `{"id":"1"}`)
	for lang, tips := range map[string][2]string{"zh_CN.UTF-8": {"要管理员令牌", "查 NTP"}, "C": {"An admin's token is needed", "check NTP"}} {
		t.Setenv("LC_ALL", lang)
		if code, _, said := night(t, "deliveries", "ls", "--admin", gateway.URL); code != exitNotWell || !strings.Contains(said, "401 token") || !strings.Contains(said, tips[0]) {
			t.Errorf("%s: exit %d, %q", lang, code, said)
		}
		code, out, said := night(t, "send", "--to", gateway.URL, event)
		if code != exitNotWell || !strings.Contains(out, "refused  401  signature") || !strings.Contains(said, tips[1]) {
			t.Errorf("%s: exit %d, %q, %q", lang, code, out, said)
		}
		if _, out, said := night(t, "send", "--to", gateway.URL, "--json", event); said != "" || !strings.HasPrefix(out, `{"results":[`) {
			t.Errorf("%s: with --json: %q, %q", lang, out, said)
		}
	}
}
