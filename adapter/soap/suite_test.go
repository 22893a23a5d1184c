package soap_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

func TestSinkContract(t *testing.T) {
	for name, rest := range map[string]string{"without rules": "", "with rules": l2Rules} {
		for _, version := range []string{"1.1", "1.2"} {
			t.Run(name+" "+version, func(t *testing.T) {
				make := func(t *testing.T, url string, l adaptertest.Limits) adapter.Sink {
					s := config(t, fmt.Sprintf("kind: soap\nsettings: {url: %q, version: %q, %s}\n%s", url, version, l2, rest))
					s.Timeout, s.MaxAnswer = l.Timeout, l.MaxAnswer
					return open(t, s)
				}
				adaptertest.RunSink(t, adaptertest.Sink{
					Message: message(t),
					Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
						r := adaptertest.NewHTTP(t, secure)
						r.Answer = []byte(taken("L-77"))
						return make(t, r.URL, l), r
					},
					Unreachable: func(t *testing.T, l adaptertest.Limits) adapter.Sink {
						c, err := net.Listen("tcp", "127.0.0.1:0")
						if err != nil {
							t.Fatal(err)
						}
						defer c.Close()
						return make(t, "http://"+c.Addr().String(), l)
					},
				})
			})
		}
	}
}

// local is a local system that calls over real HTTP.
type local struct{ url, version string }

func (l local) call(t *testing.T, body string) (int, string) {
	t.Helper()
	ns, kind := env11, "text/xml; charset=utf-8"
	if l.version == "1.2" {
		ns, kind = env12, `application/soap+xml; charset=utf-8; action=""`
	}
	envelope := strings.Replace(sealed(ns, body), "<e:Header/>", "<e:Header>"+proof(time.Now(), fresh(), "value of p")+"</e:Header>", 1)
	return post(t, l.url, kind, envelope)
}

func post(t *testing.T, url, kind, envelope string) (int, string) {
	t.Helper()
	res, err := http.Post(url, kind, strings.NewReader(envelope))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body) // a cut answer shows in what is compared
	return res.StatusCode, string(b)
}

// call is an operation's element around a document.
func call(operation, document string) string {
	return `<n:` + operation + ` xmlns:n="` + space + `"><xmlData><![CDATA[` + strings.ReplaceAll(document, "]]>", "]]]]><![CDATA[>") + `]]></xmlData></n:` + operation + `>`
}

func (l local) Offer(t *testing.T, n int) (bool, string) {
	status, told := l.call(t, call("report", fmt.Sprintf(`<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>S%d</lsh><ts>%d</ts><xm>张三</xm><zjhm>510102199001011234</zjhm><dh>13800138000</dh></Msg>`, n, time.Now().UnixNano())))
	return status == 200 && !strings.Contains(told, "<state>-1</state>"), told
}

func (l local) Garbage(t *testing.T) string {
	_, told := l.call(t, call("report", `<Msg><xm>张三</xm><zjhm>510102199001011234`))
	return told
}

func TestSourceContract(t *testing.T) {
	for name, text := range map[string]string{"plain answers": sourceText, "native answers": sourceText + answers} {
		for _, version := range []string{"1.1", "1.2"} {
			t.Run(name+" "+version, func(t *testing.T) {
				adaptertest.RunSource(t, adaptertest.Source{Open: func(t *testing.T, in adapter.Intake) (adapter.Source, adaptertest.Local) {
					k := source(t, text)
					return k, local{serve(t, k, in).URL + "/local/320000/soap", version}
				}})
			})
		}
	}
}
