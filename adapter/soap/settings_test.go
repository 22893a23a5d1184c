package soap_test

import (
	"fmt"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/soap"
)

func places(fs []adapter.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%d:%d %s", f.Line, f.Col, f.Code))
	}
	return strings.Join(out, "\n")
}

func TestSinkFindingsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"settings:\n  ulr: x\n":                                               "2:8 unknown-key",
		"settings: {url: 'ftp://x'}\n":                                        "1:17 bad-value",
		"settings: {url: 'http://u:p@x'}\n":                                   "1:17 secret-literal",
		"settings: {version: '2.0'}\n":                                        "1:21 bad-value",
		"settings: {argument: a}\n":                                           "1:11 missing",
		"settings: {operation: 'a:b'}\n":                                      "1:23 bad-value",
		"settings: {action: '{nosuch}'}\n":                                    "1:20 placeholder",
		"settings: {wsse: {user: u}}\n":                                       "1:18 missing",
		"settings: {wsse: {password: secret:p}}\n":                            "1:18 missing",
		"settings: {wsse: {user: u, password: geheim}}\n":                     "1:38 secret-literal",
		"settings: {wsse: {user: u, password: secret:p, x: 1}}\n":             "1:51 unknown-key",
		"settings: {headers: {X: env:Y}}\n":                                   "1:25 secret-literal",
		"routes: {a: {}, b: {}}\nprobe: {path: /q, found: 'true'}\n":          "2:8 probe-too-wide",
		"routes: {a: {}, b: {}}\nackTimeout: 24h\n":                           "2:13 probe-too-wide",
		"routes: {a: {}, b: {}}\nidempotency: {header: X}\n":                  "2:14 probe-too-wide",
		"routes: {a: {onAckTimeout: retry}}\n":                                "1:28 bad-value",
		"routes: {a: {probe: {found: 'true'}}}\n":                             "1:21 missing",
		"routes: {a: {probe: {operation: q, found: 'true'}}}\n":               "1:21 missing",
		"routes: {a: {probe: {path: /q}}}\n":                                  "1:21 missing",
		"routes: {a: {probe: {operation: q, document: '{x}', found: 'x'}}}\n": "1:46 placeholder",
		"routes: {a: {poll: {}}}\n":                                           "1:20 unknown-key",
		"routes: {'ca*se': {}}\n":                                             "1:19 bad-value",
		"idempotency: {}\n":                                                   "1:14 missing",
		"idempotency: {header: 'a b'}\n":                                      "1:23 bad-value",
		"idempotency: {field: 'a..b'}\n":                                      "1:22 bad-value",
		"materials: multipart\n":                                              "1:12 bad-value",
		"ack:\n- {when: body. == 1, ack: {}}\n":                               "2:19 expr",
		"routes: {a: {}}\n":                                                   "1:9 may-double",
		"auth: {kind: basic, user: u, password: x}\n":                         "1:40 secret-literal",
	} {
		if got := places(soap.Kind.CheckSink(config(t, text))); !strings.Contains(got, want) {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	for _, good := range []string{
		"codec: {format: xml}\nanswer: {format: xml}\nsettings: {version: 1.2, wsse: {user: u, password: secret:p}}\nidempotency: {header: X}\nmaterials: link\n",
		"settings: {operation: o, argument: a}\nroutes: {a: {probe: {operation: q, document: '<q>{key}</q>', found: 'true'}}, b: {argument: ''}}\n", l2Rules + "idempotency: {field: Msg.@lsh}\nsettings: {url: 'https://x/y?z=1'}",
	} {
		if f := soap.Kind.CheckSink(config(t, good)); len(f) > 0 {
			t.Errorf("%q: %+v", good, f)
		}
	}
	s := config(t, "settings: {operation: o}\nidempotency: {field: a}")
	s.Codec.Format = "json"
	if got := places(soap.Kind.CheckSink(s)); got != "1:11 missing" {
		t.Error(got)
	}
}

func TestSourceFindingsHaveAPlace(t *testing.T) {
	for text, want := range map[string]string{
		"kind: soap\n":          "1:1 missing",
		"settings: {url: x}\n":  "1:17 unknown-key",
		"operations: {a: {}}\n": "1:17 missing",
		"operations: {'a b': {type: t, dedupe: body.x}}\n":                                                                "1:21 bad-value",
		"operations: {a: {argument: 'x:y', type: t, dedupe: body.x}}\n":                                                   "1:28 bad-value",
		"operations: {a: {argument: x, type: t}}\n":                                                                       "1:17 no-dedupe",
		"operations: {a: {type: t, dedupe: body.x, nosuch: 1}}\n":                                                         "1:51 unknown-key",
		"operations: {a: {type: t, dedupe: body.x}}\nanswer: {ok: '{nosuch}'}\n":                                          "2:14 placeholder",
		"operations: {a: {type: t, dedupe: body.x}}\nanswer: {ok: {status: 200}}\n":                                       "2:14 wrong-kind",
		"operations: {a: {type: t, dedupe: body.x}}\nauth: {kind: oauth2, url: u, client: c, secret: secret:s}":           "2:7 bad-value",
		"operations: {a: {type: t, dedupe: body.x}}\nsettings: {wsse: {user: u, password: secret:p, tolerance: never}}\n": "2:59 bad-value",
	} {
		if got := places(soap.Kind.CheckSource(config(t, text))); !strings.Contains(got, want) {
			t.Errorf("%q: %v, want %s", text, got, want)
		}
	}
	for _, good := range []string{openText, sourceText + answers} {
		if f := soap.Kind.CheckSource(config(t, good)); len(f) > 0 {
			t.Errorf("%+v", f)
		}
	}
	s := config(t, "operations: {a: {type: t, dedupe: body.x}}")
	s.Codec.Format = "json"
	if got := places(soap.Kind.CheckSource(s)); got != "1:17 missing" {
		t.Error(got)
	}
}

func TestSourceTakesFromTheSinkWhatItLeavesOut(t *testing.T) {
	s := config(t, "kind: soap\nsettings: {version: '1.2'}\noperations: {report: {argument: xmlData, type: case.progress, dedupe: body.x}}")
	s.SinkNode = node(t, "kind: soap\nsettings: {url: 'http://x', namespace: urn:sink, version: '1.1', operation: o, argument: a, wsse: {user: tj, password: secret:p}}")
	k, err := soap.NewSource(s, deps())
	if err != nil {
		t.Fatal(err)
	}
	if w := ask(k, nil, "GET", "/local/320000/soap?wsdl", "", ""); !strings.Contains(w.Body.String(), `targetNamespace="urn:sink"`) || !strings.Contains(w.Body.String(), "wsdl/soap12/") {
		t.Fatal(w.Body)
	}
	if w := ask11(k, nil, call("report", "<Msg/>")); !strings.Contains(w.Body.String(), "token: caller is not proven") {
		t.Fatal(w.Body)
	}
	s.SinkNode = node(t, "kind: http\nsettings: {url: 'http://x', namespace: urn:sink}")
	if k, err = soap.NewSource(s, deps()); err != nil {
		t.Fatal(err)
	}
	if w := ask(k, nil, "GET", "/local/320000/soap?wsdl", "", ""); !strings.Contains(w.Body.String(), `targetNamespace="urn:duijie:local:320000"`) {
		t.Fatal("another kind's settings are not ours", w.Body)
	}
}
