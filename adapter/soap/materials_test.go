package soap_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/soap"
	"duijie/internal/codec"
)

// withMaterial is a message that names one material.
func withMaterial(t *testing.T, content []byte) adapter.Message {
	sum := sha256.Sum256(content)
	d := hex.EncodeToString(sum[:])
	m := message(t)
	m.Materials = []adapter.Material{{Name: "材料.pdf", SHA256: d, Size: int64(len(content)), Link: "/local/320000/materials/" + d + "?exp=1&sig=x"}}
	m.Document = gbk(t, `<?xml version="1.0" encoding="GBK"?><Msg xmlns:fj="urn:fj"><xm>张三</xm><fj:cl><nr>`+d+`</nr></fj:cl></Msg>`)
	m.Open = func(string) (io.ReadCloser, int64, error) { return io.NopCloser(bytes.NewReader(content)), 0, nil }
	return m
}

func TestMaterialsGoInsideTheDocument(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	content := bytes.Repeat([]byte("0123456789"), 1000)
	m := withMaterial(t, content)
	k := sinkOf(t, r.URL, l2, `materials: "base64:Msg.fj:cl[*].nr"`)
	deliver(k, m)
	want := `<xmlData><![CDATA[<?xml version="1.0" encoding="GBK"?><Msg xmlns:fj="urn:fj"><xm>张三</xm><fj:cl><nr>` + base64.StdEncoding.EncodeToString(content) + `</nr></fj:cl></Msg>]]>`
	if got := bodyOf(t, r); !strings.Contains(got, want) {
		t.Fatal(got[:300])
	}
	n := r.Requests()
	m.Open = func(string) (io.ReadCloser, int64, error) { return nil, 0, errors.New("disk is away") }
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.Transient {
		t.Fatalf("%+v", f)
	}
	m.Materials[0].Size = 100 << 20
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" || r.Requests() != n {
		t.Fatalf("%+v", f)
	}
	m.Document = []byte("<Msg>x</Msg>")
	if _, f := deliver(k, m); f == nil || f.HoldReason != "mapping" {
		t.Fatalf("no place for a material: %+v", f)
	}
	if i, _ := k.RouteInfo(m.Type); i.Materials != "base64:Msg.fj:cl[*].nr" {
		t.Fatal(i)
	}
}

func TestLinksToMaterials(t *testing.T) {
	r := adaptertest.NewHTTP(t, false)
	m := withMaterial(t, []byte("x"))
	deliver(sinkOf(t, r.URL, l2, `materials: link`), m)
	if got, _ := r.Last(); got.Header.Get("Link") != "<"+m.Materials[0].Link+`>; rel="enclosure"` {
		t.Fatal(got.Header)
	}
}

// shelf keeps what comes with documents.
type shelf struct{ kept []byte }

func (s *shelf) Keep(_ context.Context, name, mediaType string, r io.Reader) (out adapter.Material, err error) {
	s.kept, err = io.ReadAll(r)
	return adapter.Material{Name: name, SHA256: strings.Repeat("a", 64), Size: int64(len(s.kept)), MediaType: "application/pdf"}, err
}

func TestMaterialsOfACallAreKept(t *testing.T) {
	d, s := deps(), &shelf{}
	d.Materials = s
	k, err := soap.NewSource(config(t, strings.Replace(openText, "report: {", `report: {materials: "base64:Msg.nr", `, 1)), d)
	if err != nil {
		t.Fatal(err)
	}
	in := &adaptertest.Intake{}
	w := ask11(k, in, call("report", `<?xml version="1.0" encoding="GBK"?><Msg><lx>1</lx><lsh>䶮</lsh><nr>`+base64.StdEncoding.EncodeToString([]byte("pdf"))+`</nr></Msg>`))
	if w.Code != 200 || string(s.kept) != "pdf" || len(in.Taken()) != 1 {
		t.Fatal(w.Body)
	}
	v, err := codec.Decode(in.Taken()[0].Document, codec.Options{Format: "xml", Charset: "GBK"})
	if s := string(codec.AppendJSON(nil, v)); err != nil || !strings.Contains(s, `"lsh":"䶮"`) || !strings.Contains(s, `"sha256":"aaaa`) {
		t.Fatal(s, err)
	}
}
