package soap

import (
	"strings"

	"github.com/beevik/etree"

	"duijie/internal/problem"
)

// text is the document in an operation's element: the argument's string (where
// the caller named it otherwise, that of the only one), or the element itself.
func (o *operation) text(call *etree.Element) (string, error) {
	if o.argument == "" {
		return alone(call)
	}
	at := child(call, o.argument)
	if all := call.ChildElements(); at == nil && len(all) == 1 {
		at = all[0]
	} else if len(all) == 0 {
		at = call
	}
	if at == nil {
		return "", &problem.Problem{Code: "malformed", Detail: "operation has no argument " + o.argument}
	}
	if all := at.ChildElements(); len(all) == 1 && strings.TrimSpace(text(at)) == "" {
		return alone(all[0]) // the document as markup in place of a string
	}
	return text(at), nil
}

// alone writes an element with the namespaces that hold where it stands. Names of
// its own namespace, and of none, are written without a prefix, so that they are
// the same whatever prefix a caller's toolkit picked.
func alone(e *etree.Element) (string, error) {
	out := e.Copy()
	for at := e.Parent(); at != nil; at = at.Parent() {
		for _, a := range at.Attr {
			if a.Space == "xmlns" && !ours[a.Value] && out.SelectAttr("xmlns:"+a.Key) == nil {
				out.CreateAttr("xmlns:"+a.Key, a.Value)
			}
		}
	}
	unprefix(e, out, e.NamespaceURI(), "")
	return markup(out)
}

// ours are the namespaces of envelopes, which no document speaks of.
var ours = map[string]bool{soap11.namespace: true, soap12.namespace: true, wsseNamespace: true, wsuNamespace: true}

// unprefix writes out, which is a copy of e; outer is the default namespace around it.
func unprefix(e, out *etree.Element, own, outer string) {
	out.RemoveAttr("xmlns")
	if uri := e.NamespaceURI(); e.Space == "" || uri == own || uri == "" {
		out.Space = ""
		if uri != outer {
			out.CreateAttr("xmlns", uri)
		}
		outer = uri
	}
	copies := out.ChildElements()
	for i, c := range e.ChildElements() {
		unprefix(c, copies[i], own, outer)
	}
}
