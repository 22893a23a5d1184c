package soap

import (
	"fmt"
	"strings"

	"duijie/adapter"
	"duijie/adapter/client"
	"duijie/adapter/rules"
	"duijie/internal/expr"
)

// fault is a Fault that came in place of a result.
type fault struct {
	expr.Fault
	subcode string // of SOAP 1.2; empty where there is none
}

func isFault(e *envelope) bool {
	return e.body != nil && e.body.Tag == "Fault" && e.body.NamespaceURI() == e.version.namespace
}

// readFault takes code and text out of a Fault, prefixes taken off; of SOAP 1.2
// the code is the outermost. A Fault without a code is the receiver's.
func readFault(e *envelope) *fault {
	out := &fault{}
	if e.version == soap11 {
		out.Code, out.Text = local(trimmed(child(e.body, "faultcode"))), trimmed(child(e.body, "faultstring"))
	} else {
		code := child(e.body, "Code")
		out.Code, out.Text = local(trimmed(child(code, "Value"))), trimmed(child(child(e.body, "Reason"), "Text"))
		out.subcode = local(trimmed(child(child(code, "Subcode"), "Value")))
	}
	if out.Code == "" {
		out.Code = e.version.receiver
	}
	return out
}

// credentials are WS-Security's codes for a token that is no longer good: the
// unit's trouble, as a 401 is.
var credentials = map[string]bool{"FailedAuthentication": true, "InvalidSecurityToken": true, "InvalidSecurity": true, "SecurityTokenUnavailable": true, "UnsupportedSecurityToken": true}

// judged judges an answer: the rules, then a fault by whose it is, then the status.
func (k *Sink) judged(r *route, raw client.Answer, key string) (adapter.Ack, error) {
	a, f := k.result(raw, r.call)
	if f == nil || byStatus(a) {
		return k.judge.Answer(r.ack, a, key)
	}
	ack, matched, err := r.ack.Judge(a, key)
	if matched {
		return ack, err
	}
	out := &adapter.Failure{Outcome: adapter.UnknownTaken, Code: "status", Status: a.Status, Detail: excerpt(f.Text), Err: fmt.Errorf("status %d: fault", a.Status)}
	class, _, _ := strings.Cut(f.Code, ".") // Client.Authentication is a Client of SOAP 1.1
	switch {
	case credentials[f.Code] || credentials[f.subcode]:
		out.Outcome, out.Cause, out.Detail = adapter.UnitTrouble, "wsse", ""
	case class == soap11.sender || class == soap12.sender:
		out.Outcome = adapter.Refused
	}
	return adapter.Ack{Status: a.Status}, out
}

// byStatus tells whether HTTP itself says what became of a message, whatever
// fault is inside: it was not taken, or the unit is in trouble.
func byStatus(a rules.Answer) bool {
	switch s := a.Status; {
	case s == 503:
		return a.Header.Get("Retry-After") != ""
	case s == 400, s/100 == 2, s >= 500:
		return false
	}
	return true
}

// maxDetail bounds what is kept of a fault's own words, in code points.
const maxDetail = 2000

// excerpt is the beginning of a peer's text: payload, for operators only.
func excerpt(s string) string {
	if r := []rune(s); len(r) > maxDetail {
		return string(r[:maxDetail])
	}
	return s
}
