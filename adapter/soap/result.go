package soap

import (
	"net/http"
	"strings"

	"github.com/beevik/etree"

	"duijie/adapter/client"
	"duijie/adapter/rules"
	"duijie/internal/codec"
)

// result reads an answer as rules see it: `body` is what the result string holds
// by the answer's codec, of an operation without an argument the result element;
// `text` is the result string where there is one, else the whole answer.
func (k *Sink) result(raw client.Answer, c call) (rules.Answer, *fault) {
	a := rules.Answer{Status: raw.Status, Header: raw.Header, Broken: raw.Broken}
	envelope, err := decode(raw.Body, raw.Header)
	if a.Text = envelope; err != nil {
		a.Text = strings.ToValidUTF8(string(raw.Body), "\uFFFD")
	}
	if raw.Broken != "" {
		return a, nil
	}
	if raw.Status == http.StatusNoContent {
		a.Readable = true
		return a, nil
	}
	e, err := readEnvelope(envelope)
	switch {
	case err != nil || e.body == nil:
	case isFault(e):
		f := readFault(e)
		a.Fault, a.Readable = f.Fault, true
		return a, f
	default:
		k.read(&a, e.body, c)
	}
	return a, nil
}

// read takes the result out of the response element.
func (k *Sink) read(a *rules.Answer, response *etree.Element, c call) {
	if c.argument != "" {
		if holder := holder(response, c.operation); holder != nil {
			a.Text = text(holder)
			v, err := codec.DecodeString(unmarked(a.Text, k.answer.Format), codec.Options{Format: k.answer.Format, Charset: k.answer.Charset})
			if err == nil {
				a.Body, a.Readable = &v, true
			}
			return
		}
	}
	v := tree(response)
	body := codec.Value{Kind: codec.Object, Members: []codec.Member{{Name: response.Tag, Value: v}}}
	for _, m := range v.Members { // a rule need not name the response element
		if m.Name != response.Tag {
			body.Members = append(body.Members, m)
		}
	}
	a.Body, a.Readable = &body, true
}

// rpcNamespace is that of SOAP 1.2's own element in an RPC answer, which names the result.
const rpcNamespace = "http://www.w3.org/2003/05/soap-rpc"

// holder finds the element whose text is the result string: the one child of the
// response, or that of a usual name, or the response itself where it has no
// children. nil: the result is no string but elements.
func holder(response *etree.Element, operation string) *etree.Element {
	leaf := func(e *etree.Element) bool { return len(e.ChildElements()) == 0 }
	all := []*etree.Element{}
	for _, e := range response.ChildElements() {
		if e.NamespaceURI() != rpcNamespace {
			all = append(all, e)
		} else if named := child(response, local(trimmed(e))); named != nil && leaf(named) {
			return named
		}
	}
	switch {
	case len(all) == 0:
		return response
	case len(all) == 1 && leaf(all[0]):
		return all[0]
	}
	for _, e := range all {
		if leaf(e) && (e.Tag == "return" || e.Tag == "result" || e.Tag == operation+"Result" || e.Tag == operation+"Return") {
			return e
		}
	}
	return nil
}

// tree is an element as a document's tree, without prefixes: those of SOAP
// toolkits differ from one release to the next.
func tree(e *etree.Element) codec.Value {
	plain := e.Copy()
	strip(plain)
	s, err := markup(plain)
	if err != nil {
		return codec.Value{Kind: codec.Null}
	}
	v, err := codec.DecodeString(s, codec.Options{Format: "xml", MaxDepth: maxDepth})
	if err != nil || len(v.Members) != 1 {
		return codec.Value{Kind: codec.Null} // two attributes that differ in their prefix only
	}
	return v.Members[0].Value
}

func strip(e *etree.Element) {
	e.Space = ""
	kept := e.Attr[:0]
	for _, a := range e.Attr {
		if a.Space != "xmlns" && a.Key != "xmlns" {
			a.Space = ""
			kept = append(kept, a)
		}
	}
	e.Attr = kept
	for _, c := range e.ChildElements() {
		strip(c)
	}
}
