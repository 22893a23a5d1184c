package incoming_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/internal/problem"
)

// shelf keeps everything, or nothing where it is full.
type shelf struct{ full bool }

func (s shelf) Keep(_ context.Context, name, _ string, r io.Reader) (adapter.Material, error) {
	if s.full {
		return adapter.Material{}, errors.New("no space left for 张三")
	}
	b, err := io.ReadAll(r)
	return adapter.Material{Name: name, SHA256: strings.Repeat("ab", 32), Size: int64(len(b)), MediaType: "application/pdf"}, err
}

const pdf64 = "JVBERi0xLjcgbWFkZSB1cA=="

func TestAttachmentsAreStoredAndWhatStandsForThemGoesOn(t *testing.T) {
	e, findings := parse(t, `{type: case.closed, dedupe: body.lsh, materials: "base64:xy.wj"}`)
	if len(findings) > 0 {
		t.Fatalf("%+v", findings)
	}
	e.Lend(shelf{}, adapter.Codec{Format: "json"})
	in := &adaptertest.Intake{}
	for _, document := range []string{`{"lsh":"1","xy":{"wj":"` + pdf64 + `"}}`, `{"lsh":"2","xy":{}}`} {
		if _, _, err := hand(e, in, document); err != nil {
			t.Fatal(err)
		}
	}
	want := `{"lsh":"1","xy":{"wj":{"name":"attachment-1.pdf","sha256":"` + strings.Repeat("ab", 32) + `","size":16,"mediaType":"application/pdf"}}}`
	got := in.Taken()
	if string(got[0].Document) != want || len(got[0].Materials) != 1 || got[0].ID != "1" || strings.Contains(string(got[0].Content), pdf64) {
		t.Fatalf("%s %s", got[0].Document, got[0].Content)
	}
	if string(got[1].Document) != `{"lsh":"2","xy":{}}` || got[1].Materials != nil {
		t.Fatalf("%s", got[1].Document)
	}
}

func TestAttachmentsOfAListsItem(t *testing.T) {
	e, _ := parse(t, `{type: case.closed, dedupe: item.lsh, materials: "base64:wj"}`)
	e.Lend(shelf{}, adapter.Codec{Format: "json"})
	in := adapter.Incoming{Document: []byte(`{"lsh":"1","wj":"` + pdf64 + `"}`)}
	if err := e.Detach(t.Context(), &in); err != nil || len(in.Materials) != 1 || strings.Contains(string(in.Document), pdf64) {
		t.Fatalf("%s %v", in.Document, err)
	}
	in = adapter.Incoming{Document: []byte(`no json`)}
	if err := e.Detach(t.Context(), &in); err != nil || !in.Unreadable {
		t.Fatalf("%+v %v", in, err)
	}
}

func TestABadAttachmentNeedsAPersonAndAFullStoreARepeat(t *testing.T) {
	broken := `{"lsh":"1","xy":{"wj":"` + base64.StdEncoding.EncodeToString([]byte("x")) + `!"}}`
	for _, c := range []struct {
		settings string
		shelf    shelf
		document string
		code     string
	}{
		{`{type: case.closed, materials: "base64:xy.wj"}`, shelf{}, broken, ""},
		{`{type: case.closed, strict: true, materials: "base64:xy.wj"}`, shelf{}, broken, "malformed"},
		{`{type: case.closed, materials: "base64:xy.wj"}`, shelf{full: true}, `{"xy":{"wj":"` + pdf64 + `"}}`, "store"},
	} {
		e, _ := parse(t, c.settings)
		e.Lend(c.shelf, adapter.Codec{Format: "json"})
		in := &adaptertest.Intake{}
		_, _, err := hand(e, in, c.document)
		var p *problem.Problem
		if c.code != "" {
			if !errors.As(err, &p) || p.Code != c.code || strings.Contains(err.Error(), "张三") || len(in.Taken()) != 0 {
				t.Errorf("%s: %v", c.settings, err)
			}
			continue
		}
		if got := in.Taken(); err != nil || len(got) != 1 || !got[0].Unreadable || string(got[0].Document) != c.document {
			t.Errorf("%s: %v", c.settings, err)
		}
	}
}
