package soap_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"duijie/adapter/adaptertest"
)

// large is a document of about 2.3 KB in GBK, as a delegated case is.
func large(t testing.TB, n int) []byte {
	return gbk(t, fmt.Sprintf(`<?xml version="1.0" encoding="GBK"?><Msg lx="1"><lsh>A%d</lsh><xm>张三</xm><ss>%s</ss></Msg>`, n, strings.Repeat("申请人于某年某月入职，被申请人拖欠工资。", 50)))
}

// desk answers every call at once.
func desk(b *testing.B) *httptest.Server {
	answer := []byte(taken("L-1"))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a cut request is none of the benchmark's
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		_, _ = w.Write(answer)
	}))
	b.Cleanup(s.Close)
	return s
}

// BenchmarkBareCall is the floor: the same bytes there and back, nothing read.
func BenchmarkBareCall(b *testing.B) {
	r := adaptertest.NewHTTP(b, false)
	m := message(b)
	m.Document = large(b, 1)
	deliver(sinkOf(b, r.URL, l2, l2Rules), m)
	_, body := r.Last()
	s := desk(b)
	for b.Loop() {
		res, err := http.Post(s.URL, "text/xml; charset=UTF-8", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil {
			b.Fatal(err)
		}
		res.Body.Close()
	}
}

// BenchmarkDeliver is a delivery through the sink, its answer read and judged.
func BenchmarkDeliver(b *testing.B) {
	k := sinkOf(b, desk(b).URL, l2, l2Rules)
	m := message(b)
	m.Document = large(b, 1)
	for b.Loop() {
		if _, f := deliver(k, m); f != nil {
			b.Fatal(f)
		}
	}
}

// BenchmarkTake is a call of ours: proven, read, handed over, answered.
func BenchmarkTake(b *testing.B) {
	k, in := source(b, strings.Replace(openText, "strict: true", "strict: false", 1)), &adaptertest.Intake{}
	body := call("report", strings.Replace(string(document), `lx="1"`, "", 1))
	for b.Loop() {
		if w := ask11(k, in, strings.Replace(body, "<lsh>", "<lx>1</lx><lsh>", 1)); w.Code != 200 {
			b.Fatal(w.Body)
		}
	}
}
