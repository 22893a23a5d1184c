package national_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/national"
	"duijie/internal/sim"
	"duijie/internal/sm"
)

const platformKey = "whsec_bmF0aW9uYWwgcGxhdGZvcm0ncyBrZXk="

// withMaterials is a message that names as many materials.
func withMaterials(contents ...[]byte) adapter.Message {
	m := message()
	all := map[string][]byte{}
	for _, b := range contents {
		sum := sha256.Sum256(b)
		d := hex.EncodeToString(sum[:])
		all[d] = b
		m.Materials = append(m.Materials, adapter.Material{Name: "协议书.pdf", SHA256: d, Size: int64(len(b))})
	}
	m.Open = func(d string) (io.ReadCloser, int64, error) {
		b, ok := all[d]
		if !ok {
			return nil, 0, errors.New("no such material")
		}
		return io.NopCloser(bytes.NewReader(b)), int64(len(b)), nil
	}
	return m
}

// platform is the simulated one and a sink that signs for it.
func platform(t *testing.T, key string) (*sim.National, *national.Sink) {
	t.Helper()
	p, err := sim.StartNational(sim.NationalOptions{Gateway: sim.Signer{Scheme: sm.V1SM3, Key: platformKey}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	k, err := sm.ParseKey(sm.V1SM3, key)
	if err != nil {
		t.Fatal(err)
	}
	return p, open(t, national.Config{URL: p.MessagesURL(), Materials: p.MaterialsURL(), Timeout: 10 * time.Second,
		Sign: func(id string, ts time.Time, body []byte) (string, error) { return sm.Sign(k, id, ts, body) }})
}

func outcome(t *testing.T, s *national.Sink, m adapter.Message) *adapter.Failure {
	t.Helper()
	ctx, sent := adapter.Track(t.Context())
	if err := s.Prepare(ctx, m); err != nil {
		if strings.Contains(err.Error(), "协议书") {
			t.Errorf("%v quotes a name", err)
		}
		return adapter.Classify(err, sent.Yes())
	}
	return nil
}

func TestMaterialsArePutOnceAndAskedForFirst(t *testing.T) {
	p, s := platform(t, platformKey)
	a, b := []byte("one"), bytes.Repeat([]byte("two"), 500_000)
	m := withMaterials(a, b)
	if info, ok := s.RouteInfo(m.Type); !ok || !strings.HasPrefix(info.Materials, "first-put:") || !s.Prepares(m.Type) {
		t.Fatalf("%+v", info)
	}
	for range 2 {
		if f := outcome(t, s, m); f != nil {
			t.Fatalf("%+v", f)
		}
	}
	one, two := m.Materials[0].SHA256, m.Materials[1].SHA256
	want := []string{"HEAD " + one, "PUT " + one, "HEAD " + two, "PUT " + two, "HEAD " + one, "HEAD " + two}
	if got := p.AskedForMaterials(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatal(got)
	}
	if got, ok := p.Material(two); !ok || !bytes.Equal(got, b) {
		t.Fatal("other content")
	}
}

func TestMaterialIsGoneOnWithAfterACut(t *testing.T) {
	p, s := platform(t, platformKey)
	b := bytes.Repeat([]byte("0123456789"), 300_000)
	m := withMaterials(b)
	p.CutNextMaterial(1_234_567)
	if f := outcome(t, s, m); f == nil || f.Outcome == adapter.Refused || f.Outcome == adapter.UnitTrouble {
		t.Fatalf("%+v", f)
	}
	if f := outcome(t, s, m); f != nil {
		t.Fatalf("%+v", f)
	}
	if got, ok := p.Material(m.Materials[0].SHA256); !ok || !bytes.Equal(got, b) {
		t.Fatal("other content")
	}
}

func TestWrongKeyForMaterialsIsTheUnitsTrouble(t *testing.T) {
	_, s := platform(t, "whsec_YW5vdGhlciBrZXk=")
	if f := outcome(t, s, withMaterials([]byte("x"))); f == nil || f.Outcome != adapter.UnitTrouble {
		t.Fatalf("%+v", f)
	}
}

func TestWithoutAddressNothingIsPut(t *testing.T) {
	p, _ := platform(t, platformKey)
	s := open(t, national.Config{URL: p.MessagesURL()})
	if info, _ := s.RouteInfo("case.closed"); s.Prepares("case.closed") || info.Materials != "none" {
		t.Fatalf("%+v", info)
	}
	if _, err := national.New(national.Config{URL: p.MessagesURL(), Materials: "ftp://x"}); err == nil {
		t.Fatal("no error")
	}
}

// The platform's half is of something else: it says so, and gets the whole.
func TestAHalfOfSomethingElseIsReplaced(t *testing.T) {
	p, s := platform(t, platformKey)
	m := withMaterials(bytes.Repeat([]byte("right"), 1000))
	wrong := m
	wrong.Open = func(string) (io.ReadCloser, int64, error) {
		return io.NopCloser(bytes.NewReader(bytes.Repeat([]byte("wrong"), 1000))), 5000, nil
	}
	p.CutNextMaterial(2000)
	if f := outcome(t, s, wrong); f == nil {
		t.Fatal("it was cut")
	}
	if f := outcome(t, s, m); f != nil {
		t.Fatalf("%+v", f)
	}
	if _, ok := p.Material(m.Materials[0].SHA256); !ok {
		t.Fatal("it is not there")
	}
}
