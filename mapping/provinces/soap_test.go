package provinces_test

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/adapter"
	"duijie/adapter/kinds"
	"duijie/internal/codec"
	"duijie/internal/testserver"
	"duijie/mapping"
	"duijie/mapping/provinces"
)

// The golden pairs of 320000 through PHP: its SoapServer takes what goes down, its
// SoapClient brings what comes up by the WSDL that the gateway serves.

// soapServer keeps each document, in the charset that the system behind would hold
// it in, in a file of its own, and acknowledges it.
const soapServer = `<?php
class Service
{
    public function submitCase($xmlData)
    {
        $bytes = iconv('UTF-8', 'GBK', $xmlData);
        $d = new DOMDocument();
        if ($bytes === false || !$d->loadXML($bytes)) {
            throw new SoapFault('Client', 'unreadable');
        }
        $lsh = $d->documentElement->getAttribute('lsh');
        file_put_contents(getenv('OUT') . '/' . $lsh, $bytes);
        return '<return><state>1</state><msg></msg><bh>JS' . substr($lsh, 0, 8) . '</bh></return>';
    }
}
$server = new SoapServer(null, ['uri' => 'http://tj.jsrs.example.cn/', 'soap_version' => SOAP_1_1]);
$server->setClass(Service::class);
$server->handle(file_get_contents('php://input'));
`

// soapClient calls report with the document on its standard input.
const soapClient = `
[, $wsdl, $secret] = $argv;
const NS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
$nonce = random_bytes(16);
$created = gmdate('Y-m-d\TH:i:s\Z');
$digest = base64_encode(sha1($nonce . $created . $secret, true));
$n = base64_encode($nonce);
$security = '<wsse:Security xmlns:wsse="' . NS . '" xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"><wsse:UsernameToken><wsse:Username>duijie</wsse:Username><wsse:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest">' . $digest . '</wsse:Password><wsse:Nonce>' . $n . '</wsse:Nonce><wsu:Created>' . $created . '</wsu:Created></wsse:UsernameToken></wsse:Security>';
$client = new SoapClient($wsdl, ['soap_version' => SOAP_1_1, 'cache_wsdl' => WSDL_CACHE_NONE]);
$client->__setSoapHeaders(new SoapHeader(NS, 'Security', new SoapVar($security, XSD_ANYXML), true));
echo $client->__soapCall('report', [['xmlData' => stream_get_contents(STDIN)]])->return;
`

const soapSecret = "made up & 密"

func soapEnd(t *testing.T, url string) (s adapter.Sink, source adapter.Source, load func(typ string) *mapping.Program) {
	t.Helper()
	p := loadAll(t)["320000"]
	var unit yaml.Node
	if err := yaml.Unmarshal([]byte("url: "+url), &unit); err != nil {
		t.Fatal(err)
	}
	kind, _ := kinds.Find("soap")
	deps := adapter.Deps{Unit: "320000", Now: time.Now, Secret: func(string) (string, error) { return soapSecret, nil }}
	s, err := kind.Sink(p.SinkSettings(unit.Content[0]), deps)
	if err != nil {
		t.Fatal(err)
	}
	if source, err = kind.Source(p.SourceSettings(nil), deps); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if c, ok := s.(io.Closer); ok {
			c.Close()
		}
	})
	return s, source, func(typ string) *mapping.Program {
		program, _ := p.Set.Program(typ)
		return program
	}
}

func TestGoldenDocumentsThroughPHP(t *testing.T) {
	out := t.TempDir()
	for _, dir := range []string{out, filepath.Dir(out)} { // the server is another user
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	sink, source, program := soapEnd(t, testserver.PHPServer(t, []byte(soapServer), "OUT="+out))
	pairs, _ := fs.Glob(provinces.FS(), "320000/fixtures/*/*")
	gbk := codec.Options{Format: "xml", Charset: "GBK"}
	t.Run("down", func(t *testing.T) {
		n := 0
		for i, dir := range pairs {
			typ, c := caseOf(t, dir)
			if c.Only == "to-national" {
				continue
			}
			n++
			document := wire(t, dir)
			v, err := codec.Decode(document, gbk)
			if err != nil {
				t.Fatal(err)
			}
			root, _ := v.Get("Msg")
			lsh, _ := root.Get("@lsh")
			ack, err := sink.Deliver(t.Context(), adapter.Message{Receipt: fmt.Sprint("r", i), Key: lsh.Text, Unit: "320000", Type: typ, Document: document})
			if err != nil || ack.LocalRef != "JS"+lsh.Text[:min(8, len(lsh.Text))] {
				t.Errorf("%s: acknowledged %q, %v", dir, ack.LocalRef, err)
				continue
			}
			got, err := os.ReadFile(filepath.Join(out, lsh.Text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(decoded(t, document, gbk), decoded(t, got, gbk)); diff != "" {
				t.Errorf("%s: what PHP took differs: %s", dir, diff)
			}
		}
		if n < 10 {
			t.Errorf("only %d pairs go down", n)
		}
	})
	t.Run("up", func(t *testing.T) {
		in := &intake{taken: map[string]adapter.Incoming{}}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			source.(adapter.Endpoint).ServeLocal(w, r, "soap", in)
		}))
		defer server.Close()
		n := 0
		for _, dir := range pairs {
			typ, c := caseOf(t, dir)
			if c.Only == "to-local" || c.Only == "" && typ == "case.delegated" {
				continue
			}
			text := wire(t, dir)
			if !bytes.Contains(text, []byte(`encoding="UTF-8"`)) {
				var err error
				if text, err = simplifiedchinese.GBK.NewDecoder().Bytes(text); err != nil {
					t.Fatal(err)
				}
			}
			call := exec.Command(testserver.PHP(t), "-r", soapClient, "--", server.URL+"/local/320000/soap?wsdl", soapSecret)
			call.Stdin = bytes.NewReader(text)
			before := len(in.taken)
			said, err := call.CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v %s", dir, err, said)
			}
			if !strings.HasPrefix(string(said), "<return><state>1</state>") {
				if strings.Contains(string(said), "422") { // a pair of a type that only comes down
					continue
				}
				t.Errorf("%s: answered %s", dir, said)
				continue
			}
			if len(in.taken) == before {
				continue // the same number as another pair's
			}
			n++
			for id, got := range in.taken {
				if got.Type != typ {
					continue
				}
				delete(in.taken, id)
				national, _, err := program(typ).ToNational(nil, got.Document, &mapping.Env{IDs: c})
				if err != nil {
					t.Errorf("%s: %v", dir, err)
				} else if diff := gocmp.Diff(tree(t, read(t, dir+"/national.json")), tree(t, national)); diff != "" {
					t.Errorf("%s: %s", dir, diff)
				}
			}
		}
		if n < 10 {
			t.Errorf("only %d pairs come up", n)
		}
	})
}
