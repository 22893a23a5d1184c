package soap

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/beevik/etree"

	"duijie/adapter"
	"duijie/adapter/auth"
	"duijie/adapter/incoming"
	"duijie/adapter/rules"
	"duijie/internal/codec"
	"duijie/internal/problem"
)

// Source takes what a local system says by calling an operation.
type Source struct {
	service  *service
	unit     string
	codec    adapter.Codec
	verifier *auth.Verifier
	token    *token
	public   string // path under which a proxy puts us
	now      func() time.Time
}

// NewSource builds a source; settings with errors are refused with the first.
func NewSource(s adapter.Settings, d adapter.Deps) (*Source, error) {
	c, r := parseSource(s)
	if err := r.Err(); err != nil {
		return nil, err
	}
	v, err := c.auth.Verifier(d, s.Codec.Charset)
	if err != nil {
		return nil, err
	}
	out := &Source{service: c, unit: d.Unit, codec: s.Codec, verifier: v, public: strings.TrimSuffix(d.PublicPath, "/"), now: d.Now}
	if out.codec.Format == "" {
		out.codec.Format = "xml"
	}
	if out.now == nil {
		out.now = time.Now
	}
	lent := out.codec
	if lent.Format == "xml" {
		lent.Charset = "UTF-8" // a caller's string holds any character, and what is written again declares its charset
	}
	for _, o := range c.operations {
		o.Lend(d.Materials, lent)
	}
	if c.namespace == "" {
		c.namespace = "urn:duijie:local:" + d.Unit
	}
	out.token, err = c.wsse.bind(d)
	return out, err
}

// Run implements adapter.Source: a soap source is called, so it waits.
func (s *Source) Run(ctx context.Context, _ adapter.Intake) error {
	<-ctx.Done()
	return nil
}

// exchange is one request on its way through.
type exchange struct {
	*Source
	w         http.ResponseWriter
	r         *http.Request
	in        adapter.Intake
	version   *version
	operation *operation
	document  rules.Answer // as rules see it
	typ       string
	unproven  bool // HTTP's own proof was wrong
}

// ServeLocal implements adapter.Endpoint.
func (s *Source) ServeLocal(w http.ResponseWriter, r *http.Request, name string, in adapter.Intake) {
	x := &exchange{Source: s, w: w, r: r, in: in, version: s.service.version}
	for _, v := range []*version{soap11, soap12} { // what cannot be read is refused in its own version, too
		if strings.HasPrefix(r.Header.Get("Content-Type"), v.mediaType) {
			x.version = v
		}
	}
	switch _, wsdl := lower(r)["wsdl"]; {
	case name != "soap":
		x.problem(&problem.Problem{Code: "not-found", Detail: "no such endpoint"})
		return
	case r.Method == http.MethodGet && wsdl:
		x.describe()
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		x.problem(&problem.Problem{Code: "method", Detail: "endpoint takes POST, and GET for ?wsdl"})
		return
	}
	undo, receipt, err := x.take()
	if err == nil {
		x.accepted(receipt)
		return
	}
	p := incoming.Problem(err)
	if undo != nil && (p.Status() >= 500 || p.Status() == http.StatusTooManyRequests) {
		undo() // the same request may come again
	}
	x.refused(p)
}

// lower is a query with its names in lower case: WCF asks for ?WSDL.
func lower(r *http.Request) map[string][]string {
	out := map[string][]string{}
	for k, v := range r.URL.Query() {
		out[strings.ToLower(k)] = v
	}
	return out
}

// take proves, reads and hands over; the receipt is that of the durable message.
func (x *exchange) take() (undo func(), receipt string, err error) {
	raw, err := io.ReadAll(x.r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, "", &problem.Problem{Code: "too-large", Detail: "body is over the limit"}
		}
		return nil, "", &problem.Problem{Code: "malformed", Detail: "body ended early"}
	}
	envelope, err := decode(raw, x.r.Header)
	if err != nil {
		return nil, "", malformed(err)
	}
	before, operation, err := preface(envelope)
	if err != nil {
		return nil, "", malformed(err)
	}
	x.version, x.operation = before.version, x.service.operations[operation]
	if undo, err = x.prove(raw, before); err != nil {
		return nil, "", err
	}
	e, err := readEnvelope(envelope)
	switch {
	case err != nil:
		return undo, "", malformed(err)
	case x.operation == nil || e.body == nil || e.body.Tag != operation:
		return undo, "", &problem.Problem{Code: "not-found", Detail: "no such operation"}
	}
	document, err := x.read(e.body)
	if err != nil {
		return undo, "", err
	}
	x.typ, receipt, err = x.operation.Hand(x.r.Context(), x.in, document, x.document)
	return undo, receipt, err
}

func malformed(err error) error {
	return &problem.Problem{Code: "malformed", Detail: "body is " + err.Error()}
}

// prove checks the request, then the token in its envelope's header.
func (x *exchange) prove(raw []byte, e *envelope) (undo func(), err error) {
	first, err := x.verifier.Verify(x.r, raw)
	if err != nil {
		x.unproven = true
		code := "token"
		if x.service.auth.Kind == "sign" {
			code = "signature"
		}
		return nil, &problem.Problem{Code: code, Detail: err.Error()}
	}
	second, err := x.token.verify(e.header)
	if err != nil {
		return nil, &problem.Problem{Code: "token", Detail: err.Error()}
	}
	return func() { first(); second() }, nil
}

// read takes the document out of the operation's element, as bytes that the
// gateway will read as this very text.
func (x *exchange) read(call *etree.Element) ([]byte, error) {
	s, err := x.operation.text(call)
	if err != nil {
		return nil, err
	}
	s = unmarked(s, x.codec.Format)
	o := codec.Options{Format: x.codec.Format, Charset: x.codec.Charset, Cut: x.codec.Cut}
	v, err := codec.DecodeString(s, o)
	if err != nil {
		return nil, &problem.Problem{Code: "malformed", Detail: "document cannot be read as " + x.codec.Format}
	}
	x.document = rules.Answer{Header: x.r.Header, Body: &v, Readable: true, Text: s}
	b, err := codec.EncodeText(s, x.codec.Charset, nil)
	if err == nil {
		if again, err := codec.DocumentText(b, o); err == nil && again == s {
			return b, nil
		}
	}
	// The declaration names another charset, or the document has characters that
	// the codec's charset lacks: a byte order mark says that it is UTF-8.
	return append([]byte("\xef\xbb\xbf"), s...), nil
}
