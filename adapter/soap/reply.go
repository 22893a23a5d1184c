package soap

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"duijie/adapter/template"
	"duijie/internal/codec"
	"duijie/internal/problem"
)

// problemNamespace is that of a fault's detail.
const problemNamespace = "urn:duijie:problem"

func (x *exchange) accepted(receipt string) {
	if t := x.service.ok; t != nil {
		x.respond(x.render(t, receipt, "", http.StatusOK))
		return
	}
	b, _ := json.Marshal(map[string]string{"receipt": receipt}) // strings always marshal
	x.respond(string(b))
}

// refused answers with the pack's own error where the operation is known, else with a fault.
func (x *exchange) refused(p *problem.Problem) {
	if p.RetryAfter > 0 {
		x.w.Header().Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	own := ""
	if t := x.service.bad; t != nil {
		own = x.render(t, "", first(p.Detail, p.Code), p.Status())
		if x.operation != nil {
			x.respond(own)
			return
		}
	}
	x.fault(p, own)
}

// render fills an answer; a placeholder without a value is empty.
func (x *exchange) render(t *template.Template, receipt, detail string, status int) string {
	s, _ := t.Render(place(x.codec.Format), func(name, arg string) (string, bool) { // cannot fail: every placeholder has a value
		switch name {
		case "receipt":
			return receipt, true
		case "detail":
			return detail, true
		case "status":
			return strconv.Itoa(status), true
		case "unit":
			return x.unit, true
		case "type":
			return x.typ, true
		case "now":
			s, _ := template.FormatTime(x.now(), arg) // the pattern was checked
			return s, true
		case "body":
			s, _ := template.Lookup(x.document.Body, arg)
			return s, true
		}
		return "", true
	})
	return s
}

// respond sends a result: a string, or of an operation without an argument an element.
func (x *exchange) respond(result string) {
	inner := ""
	if x.operation.argument == "" {
		if root, err := parse(result, maxDepth); err == nil {
			inner, _ = markup(root) // a strings.Builder never fails
		}
	}
	if inner == "" {
		inner = cdata("return", legible(result))
	}
	x.send(http.StatusOK, wrap(x.operation.Name+"Response", x.service.namespace, x.service.qualified, inner))
}

// legible drops what XML cannot hold: a template may echo a JSON string.
func legible(s string) string {
	if holds("UTF-8", s) == nil {
		return s
	}
	out := make([]rune, 0, len(s))
	for _, r := range s {
		if holds("UTF-8", string(r)) == nil {
			out = append(out, r)
		}
	}
	return string(out)
}

// fault says in SOAP's own way what was refused; own is the pack's error answer.
func (x *exchange) fault(p *problem.Problem, own string) {
	v, status := x.version, x.version.theirs
	code := v.sender
	if p.Status() >= 500 {
		code, status = v.receiver, v.mine
	}
	if x.unproven {
		if status = http.StatusUnauthorized; x.service.auth.Kind == "basic" {
			x.w.Header().Set("WWW-Authenticate", `Basic realm="duijie"`)
		}
	}
	detail := wrap("problem", problemNamespace, true, element("code", p.Code)+element("status", strconv.Itoa(p.Status())))
	if own != "" {
		detail += cdata("answer", legible(own))
	}
	reason := p.Code
	if p.Detail != "" {
		reason += ": " + p.Detail
	}
	if v == soap11 {
		x.send(status, "<soap:Fault>"+element("faultcode", "soap:"+code)+element("faultstring", reason)+"<detail>"+detail+"</detail></soap:Fault>")
		return
	}
	x.send(status, `<soap:Fault><soap:Code>`+element("soap:Value", "soap:"+code)+`</soap:Code><soap:Reason><soap:Text xml:lang="en">`+
		string(codec.AppendXMLText(nil, reason))+`</soap:Text></soap:Reason><soap:Detail>`+detail+`</soap:Detail></soap:Fault>`)
}

func element(name, s string) string {
	return "<" + name + ">" + string(codec.AppendXMLText(nil, s)) + "</" + name + ">"
}

func (x *exchange) send(status int, body string) {
	x.write(status, x.version.mediaType+"; charset=utf-8", x.version.seal("", body))
}

func (x *exchange) write(status int, kind string, b []byte) {
	h := x.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	x.w.WriteHeader(status)
	_, _ = x.w.Write(b) // the message is durable; a caller that left may ask again
}

// problemWriter is what an Intake may also be: it writes refusals as the rest of the gateway does.
type problemWriter interface {
	WriteProblem(w http.ResponseWriter, r *http.Request, p *problem.Problem)
}

// problem answers what is no call of an operation.
func (x *exchange) problem(p *problem.Problem) {
	if out, ok := x.in.(problemWriter); ok {
		out.WriteProblem(x.w, x.r, p)
		return
	}
	b, _ := json.Marshal(map[string]any{"type": "urn:duijie:problem:" + p.Code, "title": p.Code, "status": p.Status(), "detail": p.Detail}) // strings and a number always marshal
	x.write(p.Status(), "application/problem+json", b)
}
