package sim

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"time"
)

// Names of SOAP 1.1, WS-Security and the system's own.
const (
	l2Envelope = "http://schemas.xmlsoap.org/soap/envelope/"
	l2WSSE     = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
	l2WSU      = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
	l2Digest   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
	l2Base64   = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
	l2Space    = "http://tj.jsrs.example.cn/"        // of what it offers
	l2Gateway  = "http://duijie.tj.jsrs.example.cn/" // of what it calls
)

// l2Call is what a gateway's request holds.
type l2Call struct {
	XMLName xml.Name `xml:"http://schemas.xmlsoap.org/soap/envelope/ Envelope"`
	Token   *l2Token `xml:"Header>Security>UsernameToken"`
	Submit  *struct {
		XMLData string `xml:"xmlData"`
	} `xml:"Body>submitCase"`
}

type l2Token struct {
	Username string
	Password struct {
		Type string `xml:",attr"`
		Text string `xml:",chardata"`
	}
	Nonce, Created string
}

// l2Answer is what the gateway answers to a call.
type l2Answer struct {
	Return string    `xml:"Body>reportResponse>return"`
	Fault  *struct{} `xml:"Body>Fault"`
}

// l2Result is the document in an answer, both ways.
type l2Result struct {
	XMLName xml.Name `xml:"return"`
	State   string   `xml:"state"`
	Msg     string   `xml:"msg"`
	BH      string   `xml:"bh"`
}

// l2Unmarshal reads XML that is text already, whatever charset it declares.
func l2Unmarshal(text string, v any) error {
	d := xml.NewDecoder(strings.NewReader(text))
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	return d.Decode(v)
}

// l2Proof is who calls, both ways: a UsernameToken with a digest of the password.
type l2Proof struct {
	user, password string
	seen           *nonces
}

func newL2Proof(password string) l2Proof {
	return l2Proof{user: "duijie", password: password, seen: &nonces{at: map[string]time.Time{}}}
}

func (p l2Proof) digest(nonce []byte, created string) string {
	sum := sha1.Sum([]byte(string(nonce) + created + p.password))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// header is the token of one call.
func (p l2Proof) header(now time.Time) string {
	nonce := make([]byte, 16)
	rand.Read(nonce) // never fails
	created := now.UTC().Format(time.RFC3339)
	return `<wsse:Security xmlns:wsse="` + l2WSSE + `" xmlns:wsu="` + l2WSU + `"><wsse:UsernameToken><wsse:Username>` + p.user + `</wsse:Username>` +
		`<wsse:Password Type="` + l2Digest + `">` + p.digest(nonce, created) + `</wsse:Password>` +
		`<wsse:Nonce EncodingType="` + l2Base64 + `">` + base64.StdEncoding.EncodeToString(nonce) + `</wsse:Nonce>` +
		`<wsu:Created>` + created + `</wsu:Created></wsse:UsernameToken></wsse:Security>`
}

// verify checks the token of a call and that its nonce is fresh.
func (p l2Proof) verify(t *l2Token, now time.Time) error {
	if t == nil || t.Password.Type != l2Digest {
		return errors.New("there is no token with a digest")
	}
	nonce, err := base64.StdEncoding.DecodeString(t.Nonce)
	if err != nil || len(nonce) == 0 || t.Username != p.user || t.Password.Text != p.digest(nonce, t.Created) {
		return errors.New("the digest does not fit")
	}
	created, err := time.Parse(time.RFC3339, t.Created)
	if off := now.Sub(created); err != nil || off > clockTolerance || off < -clockTolerance {
		return errors.New("the time stamp is outside the tolerance")
	}
	if !p.seen.fresh(t.Nonce, now) {
		return errors.New("the nonce was used before")
	}
	return nil
}

// l2Wrap puts a body into an envelope.
func l2Wrap(header, body string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="` + l2Envelope + `"><soapenv:Header>` + header +
		`</soapenv:Header><soapenv:Body>` + body + `</soapenv:Body></soapenv:Envelope>`)
}

// l2CDATA is a text in CDATA, in several sections where it holds the end of one.
func l2CDATA(s string) string {
	return "<![CDATA[" + strings.ReplaceAll(s, "]]>", "]]]]><![CDATA[>") + "]]>"
}

const l2Media = "text/xml; charset=UTF-8"

// l2Says is an answer of the system to a call: HTTP 200 whatever it means.
func l2Says(state, msg, number string) reply {
	result := `<return><state>` + state + `</state><msg>` + xmlText(msg) + `</msg><bh>` + xmlText(number) + `</bh></return>`
	return reply{200, l2Media, l2Wrap("", `<ns:submitCaseResponse xmlns:ns="`+l2Space+`"><return>`+l2CDATA(result)+`</return></ns:submitCaseResponse>`)}
}

// l2Fault is an answer in SOAP's own way.
func l2Fault(code, text string) reply {
	return reply{500, l2Media, l2Wrap("", `<soapenv:Fault xmlns:wsse="`+l2WSSE+`"><faultcode>`+code+`</faultcode><faultstring>`+xmlText(text)+`</faultstring></soapenv:Fault>`)}
}

var l2Words = words{
	again:        l2Says("0", "系统繁忙，请稍后重试", ""),
	never:        l2Says("-1", "申请人王小明（虚构）资料不完整", ""),
	business:     l2Says("0", "王小明（虚构）的案件已被锁定", ""),
	unauthorised: l2Fault("wsse:FailedAuthentication", "令牌无效"),
}
