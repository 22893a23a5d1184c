package httpapi_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"duijie/internal/gateway"
	"duijie/internal/httpapi"
	"duijie/internal/httpapi/memgateway"
)

func TestPortInUseIsToldAndNothingStaysBound(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	public := free.Addr().String()
	free.Close()
	_, err = httpapi.New(httpapi.Config{Listen: public, Admin: taken.Addr().String(), Gateway: memgateway.New()})
	var op *net.OpError
	if !errors.As(err, &op) || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Fatalf("error = %v", err)
	}
	again, err := net.Listen("tcp", public)
	if err != nil {
		t.Fatalf("the other port stayed bound: %v", err)
	}
	again.Close()
}

// slow is a gateway whose local calls take until they are let go.
type slow struct {
	*memgateway.Gateway
	began, free chan struct{}
}

func (g slow) Local(w http.ResponseWriter, _ *http.Request, _, _ string) error {
	close(g.began)
	<-g.free
	_, err := io.WriteString(w, "done")
	return err
}

func TestRequestsUnderWayGetTheGracePeriod(t *testing.T) {
	for what, tt := range map[string]struct {
		grace time.Duration
		let   bool
	}{"ends in time": {5 * time.Second, true}, "is cut": {50 * time.Millisecond, false}} {
		t.Run(what, func(t *testing.T) {
			gw := slow{memgateway.New(), make(chan struct{}), make(chan struct{})}
			s, err := httpapi.New(httpapi.Config{Listen: "127.0.0.1:0", Gateway: gw, Grace: tt.grace})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.Background())
			ended, answered := make(chan error, 1), make(chan string, 1)
			go func() { ended <- s.Run(ctx) }()
			go func() {
				res, err := http.Get("http://" + s.Addr() + "/local/510000/x")
				if err != nil {
					answered <- "cut"
					return
				}
				defer res.Body.Close()
				text, _ := io.ReadAll(res.Body)
				answered <- string(text)
			}()
			<-gw.began
			stop()
			want := "cut"
			if tt.let {
				close(gw.free)
				want = "done"
			}
			if got := <-answered; got != want {
				t.Errorf("answer = %q, want %q", got, want)
			}
			if err := <-ended; err != nil {
				t.Errorf("run: %v", err)
			}
			if !tt.let {
				close(gw.free)
			}
		})
	}
}

// seesCertificate notes the certificate that the listener hands on.
type seesCertificate struct {
	*memgateway.Gateway
	seen chan string
}

func (g seesCertificate) Authenticate(sig gateway.Signature, payload []byte, certificate string) (gateway.Caller, error) {
	g.seen <- certificate
	return g.Gateway.Authenticate(sig, payload, certificate)
}

func TestClientCertificateIsHandedOnByItsDigest(t *testing.T) {
	pair, ca := certificate(t)
	gw := seesCertificate{memgateway.New(), make(chan string, 1)}
	s, err := httpapi.New(httpapi.Config{Listen: "127.0.0.1:0", Gateway: gw,
		TLS: &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: ca, ClientAuth: tls.VerifyClientCertIfGiven}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca, Certificates: []tls.Certificate{pair}}}}
	res, err := client.Get("https://" + s.Addr() + "/v1/messages/x")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	sum := sha256.Sum256(pair.Certificate[0])
	if got, want := <-gw.seen, "sha256:"+hex.EncodeToString(sum[:]); got != want {
		t.Errorf("certificate = %s, want %s", got, want)
	}
	client.CloseIdleConnections()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// certificate is one for both ends, signed by itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private}, pool
}

func TestConsoleIsMountedBesideTheAPI(t *testing.T) {
	s := start(t, func(c *httpapi.Config) {
		c.Console = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) })
	})
	for _, path := range []string{"/", "/deliveries", "/anything"} {
		if got := string(s.admin("GET", path, "").raw); got != "page "+path {
			t.Errorf("%s: %s", path, got)
		}
	}
	s.admin("GET", "/admin/v1/nowhere", "").wantProblem(t, 404, "not-found")
	s.admin("GET", "/", "", "Host", "evil.example").wantProblem(t, 403, "host")
	if got := s.do(call{path: "/", unsigned: true}); got.StatusCode != 404 {
		t.Errorf("the console is on the public listener: %d", got.StatusCode)
	}
}
