package soap_test

import (
	"bytes"
	_ "embed"
	"os/exec"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/soap"
	"duijie/internal/codec"
	"duijie/internal/testserver"
)

var (
	//go:embed testdata/server.php
	phpServer []byte
	//go:embed testdata/client.php
	phpClient string
	//go:embed testdata/client.py
	pythonClient string
)

const password = "secret & 密"

// withPassword is deps whose every secret is that of the scripts.
func withPassword() adapter.Deps {
	d := deps()
	d.Secret = func(string) (string, error) { return password, nil }
	return d
}

func TestRealServer(t *testing.T) {
	for _, version := range []string{"1.1", "1.2"} {
		url := testserver.PHPServer(t, phpServer, "SOAP_VERSION="+version, "SOAP_NAMESPACE="+space)
		for _, proof := range []string{"true", "false"} {
			for charset, name := range map[string]string{"GBK": "张三·〇（甲）(乙)镕１２ ]]> \r\n&<", "GB18030": "䶮𬭎㐂·〇（甲）", "UTF-8": "䶮𬭎㐂·〇（甲）"} {
				t.Run(version+" digest "+proof+" "+charset, func(t *testing.T) {
					k := real(t, version, charset, proof, url)
					for lsh, want := range map[string]adapter.Outcome{"A1": "", "CLIENT": adapter.Refused, "SERVER": adapter.UnknownTaken, "REFUSE": adapter.Refused} {
						m := message(t)
						m.Document = encoded(t, charset, lsh, name)
						ack, f := deliver(k, m)
						switch {
						case f != nil && f.Outcome != want, f == nil && want != "":
							t.Fatalf("%s: %+v %+v", lsh, ack, f)
						case f == nil && ack.LocalRef != "A1|"+name+"|1":
							t.Fatalf("%q", ack.LocalRef)
						case f != nil && strings.Contains(f.Error(), name):
							t.Fatalf("quotes the document: %s", f)
						case lsh == "CLIENT" && !strings.Contains(f.Detail, "不收"):
							t.Fatalf("the operator is not told: %+v", f)
						}
					}
				})
			}
		}
	}
}

// real is a sink of L2's shape at a server that asks for the scripts' password.
func real(t *testing.T, version, charset, digest, url string) *soap.Sink {
	t.Helper()
	s := config(t, `{kind: soap, settings: {url: "`+url+`", version: "`+version+`", namespace: "`+space+`", operation: submitCase, argument: xmlData, action: "`+space+`#submitCase", wsse: {user: tj, password: secret:p, digest: `+digest+`}},
ack: [{when: body.return.state == "1", ack: {localRef: body.return.bh}}, {when: body.return.state == "-1", hold: {detail: body.return.msg}}]}`)
	s.Codec.Charset, s.Answer.Charset = charset, charset
	k, err := soap.New(s, withPassword())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	return k
}

func encoded(t *testing.T, charset, lsh, name string) []byte {
	t.Helper()
	text := func(name, s string) codec.Member { return codec.Member{Name: name, Value: codec.Str(s)} }
	msg := codec.Value{Kind: codec.Object, Members: []codec.Member{text("@lx", "1"), text("lsh", lsh), text("xm", name)}}
	b, err := codec.Encode(nil, codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: "Msg", Value: msg}}}, codec.Options{Format: "xml", Charset: charset})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRealServerRefusesAnotherPassword(t *testing.T) {
	url := testserver.PHPServer(t, phpServer, "SOAP_VERSION=1.1", "SOAP_NAMESPACE="+space)
	if _, f := deliver(sinkOf(t, url, l2, ""), message(t)); f == nil || f.Outcome != adapter.Refused {
		t.Fatalf("%+v", f)
	}
}

func TestRealClients(t *testing.T) {
	clients := map[string]func(t *testing.T, wsdl, version, secret, operation string) *exec.Cmd{
		"php": func(t *testing.T, wsdl, version, secret, operation string) *exec.Cmd {
			return exec.Command(testserver.PHP(t), "-r", strings.TrimPrefix(phpClient, "<?php"), "--", wsdl, version, secret, operation)
		},
		"zeep": func(t *testing.T, wsdl, _, secret, operation string) *exec.Cmd {
			python := testserver.Python(t, "zeep", "apt-get install --no-install-recommends python3-zeep")
			return exec.Command(python, "-c", pythonClient, wsdl, secret, operation)
		},
	}
	for name, client := range clients {
		for version, qualifieds := range map[string][]string{"1.1": {"false"}, "1.2": {"false", "true"}} {
			for _, qualified := range qualifieds {
				if name == "zeep" && qualified == "true" {
					continue // a second and a half a call
				}
				t.Run(name+" "+version+" qualified "+qualified, func(t *testing.T) {
					text := strings.Replace(sourceText, "settings: {", `settings: {version: "`+version+`", qualified: `+qualified+`, `, 1) + answers
					k, err := soap.NewSource(config(t, text), withPassword())
					if err != nil {
						t.Fatal(err)
					}
					in := &adaptertest.Intake{}
					wsdl := serve(t, k, in).URL + "/local/320000/soap?wsdl"
					call := func(secret, operation, document string) string {
						c := client(t, wsdl, version, secret, operation)
						c.Stdin = strings.NewReader(document)
						var said bytes.Buffer
						c.Stderr = &said
						out, err := c.Output()
						if err != nil {
							t.Fatalf("%v\n%s", err, said.String())
						}
						return string(out)
					}
					const doc = `<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>䶮𬭎·（1）]]&gt;</lsh></Msg>`
					if got := call(password, "report", doc); got != `<result><state>1</state><bh>receipt-1</bh><lsh>䶮𬭎·（1）]]&gt;</lsh></result>` {
						t.Fatal(got)
					}
					if got := in.Taken()[0]; got.ID != "䶮𬭎·（1）]]>" || got.Type != "case.accepted" || got.Endpoint != "report" {
						t.Fatalf("%+v", got)
					}
					if got := call(password, "report", "<Msg>"); got != `<result><state>-1</state><msg>400</msg></result>` {
						t.Fatal(got)
					}
					k2, err := soap.NewSource(config(t, strings.Replace(text, answers, "", 1)), withPassword())
					if err != nil {
						t.Fatal(err)
					}
					wsdl = serve(t, k2, in).URL + "/local/320000/soap?wsdl"
					if got := call("another", "report", doc); !strings.HasPrefix(got, "FAULT ") || !strings.Contains(got, "token: caller is not proven") {
						t.Fatal(got)
					}
					wsdl = serve(t, k, in).URL + "/local/320000/soap?wsdl"
					if got := call("another", "report", doc); got != `<result><state>-1</state><msg>401</msg></result>` {
						t.Fatal(got)
					}
				})
			}
		}
	}
}
