package soap_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

// packed is an envelope as a toolkit with MTOM switched on sends it, after a part
// that is not the root.
func packed(start, envelope string) (kind, body string) {
	return `multipart/related; type="application/xop+xml"; boundary=b1; start="` + start + `"; start-info="text/xml"`,
		"--b1\r\nContent-Type: image/png\r\nContent-ID: <a>\r\n\r\nxx\r\n" +
			"--b1\r\nContent-Type: application/xop+xml; charset=UTF-8; type=\"text/xml\"\r\nContent-ID: <root@x>\r\n\r\n" + envelope + "\r\n--b1--\r\n"
}

func TestPackedAnswerIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		start, envelope string
		want            adapter.Outcome
	}{
		"by its id":            {"<root@x>", taken("L-1"), ""},
		"an id without <>":     {"root@x", taken("L-1"), ""},
		"no such part":         {"<other>", taken("L-1"), adapter.UnknownTaken},
		"a part of no XML":     {"<a>", taken("L-1"), adapter.UnknownTaken},
		"content in a part":    {"<root@x>", sealed(env11, `<r><return><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"/></return></r>`), adapter.UnknownTaken},
		"the envelope cut off": {"<root@x>", taken("L-1")[:60], adapter.UnknownTaken},
	} {
		kind, body := packed(c.start, c.envelope)
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", kind)
			fmt.Fprint(w, body)
		}))
		ack, f := deliver(sinkOf(t, s.URL, l2, l2Rules), message(t))
		s.Close()
		if c.want == "" && (f != nil || ack.LocalRef != "L-1") || c.want != "" && (f == nil || f.Outcome != c.want || f.Code != "unreadable") {
			t.Errorf("%s: %+v %+v", name, ack, f)
		}
	}
}

func TestPackedCallIsRead(t *testing.T) {
	k, in := source(t, openText), &adaptertest.Intake{}
	kind, body := packed("<root@x>", sealed(env11, call("report", `<Msg><lx>1</lx><lsh>7</lsh></Msg>`)))
	if w := ask(k, in, "POST", "/local/320000/soap", kind, body); w.Code != 200 || len(in.Taken()) != 1 || in.Taken()[0].ID != "7" {
		t.Fatal(w.Code, w.Body)
	}
	kind, body = packed("<root@x>", sealed(env11, `<report><xmlData><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:a"/></xmlData></report>`))
	if w := ask(k, in, "POST", "/local/320000/soap", kind, body); !strings.Contains(w.Body.String(), "malformed") || len(in.Taken()) != 1 {
		t.Fatal("a document that lies in another part was taken:", w.Body)
	}
}

// TestLineEndsOutliveTheEnvelope: a reference to a carriage return or tab that is
// written as such is a blank or nothing to the next reader.
func TestLineEndsOutliveTheEnvelope(t *testing.T) {
	k, in := source(t, openText), &adaptertest.Intake{}
	ask11(k, in, `<progress z="1&#9;2"><lsh>1&#13;&#10;2</lsh></progress>`)
	if got := in.Taken(); len(got) != 1 || string(got[0].Content) != `{"progress":{"@z":"1\t2","lsh":"1\r\n2"}}` || !strings.Contains(string(got[0].Document), "1&#xD;\n2") {
		t.Fatalf("%s %q", got[0].Content, got[0].Document)
	}
	var sent string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		sent = string(b)
		fmt.Fprint(w, taken("L-1"))
	}))
	defer s.Close()
	m := message(t)
	m.Document = []byte(`<submitCase z="1&#9;2">1&#13;&#10;2</submitCase>`)
	if _, err := sinkOf(t, s.URL, `namespace: "u", operation: submitCase`, "").Deliver(context.Background(), m); err != nil || !strings.Contains(sent, `z="1&#x9;2"`) || !strings.Contains(sent, "1&#xD;\n2") {
		t.Fatal(err, sent)
	}
}
