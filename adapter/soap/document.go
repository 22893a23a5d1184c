package soap

import (
	"fmt"

	"github.com/beevik/etree"

	"duijie/adapter"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// documentError is a document that no envelope can carry; it never quotes it.
type documentError struct{ why string }

func (e *documentError) Error() string { return e.why }

// document is the message's as text, with the key in its field. The declaration,
// which names the codec's charset, stays: what reads the string may look at it.
func (k *Sink) document(r *route, m adapter.Message) (string, error) {
	s, err := codec.DocumentText(m.Document, codec.Options{Format: k.codec.Format, Charset: k.codec.Charset})
	if err != nil {
		return "", &documentError{"the document is not in its codec's charset"}
	}
	if r.keyField != "" {
		if s, err = k.keyed(r.keyField, s, m.Key); err != nil {
			return "", err
		}
	}
	if err := holds("UTF-8", s); err != nil {
		return "", &documentError{err.Error()}
	}
	return s, nil
}

// holds says whether a charset and XML can carry a text.
func holds(charset, s string) error {
	c, err := codec.LookupCharset(charset)
	if err != nil {
		return err
	}
	if s, err = c.Substitute(s, nil); err != nil {
		return err
	}
	for _, r := range s {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return &codec.CharsetError{Charset: "XML", Rune: r}
		}
	}
	return nil
}

// keyed puts the key under idempotency.field where the document does not have it
// already; equal document and key give equal text.
func (k *Sink) keyed(field, s, key string) (string, error) {
	o := k.options(s)
	v, err := codec.DecodeString(s, o)
	if err != nil {
		return "", &documentError{"idempotency.field " + field + ": the document cannot be read"}
	}
	if at, ok := template.Lookup(&v, field); ok && at == key {
		return s, nil
	}
	if !template.Set(&v, field, key) {
		return "", &documentError{"idempotency.field " + field + ": the document has no place for it"}
	}
	if s, err = codec.EncodeString(v, o); err != nil {
		return "", &documentError{"idempotency.field " + field + ": the document cannot be written"}
	}
	return s, nil
}

// declared are the namespaces of a root element, prefix to URI.
func declared(root *etree.Element) map[string]string {
	out := map[string]string{}
	for _, a := range root.Attr {
		switch {
		case a.Space == "xmlns":
			out[a.Key] = a.Value
		case a.Space == "" && a.Key == "xmlns":
			out[""] = a.Value
		}
	}
	return out
}

// content is what stands in Body: the operation's element around the document as
// a string, or the document as that element itself.
func (k *Sink) content(c call, document string) (string, error) {
	if c.argument != "" {
		return wrap(c.operation, k.config.namespace, k.config.qualified, cdata(c.argument, document)), nil
	}
	root, err := parse(document, maxDepth)
	if err != nil {
		return "", &documentError{"the document is no XML"}
	}
	if c.operation != "" && root.Tag != c.operation {
		inner, err := markup(root)
		if err != nil {
			return "", err
		}
		return wrap(c.operation, k.config.namespace, k.config.qualified, inner), nil
	}
	if k.config.namespace != "" && root.NamespaceURI() == "" {
		adopt(root, k.config.namespace, k.config.qualified)
	}
	return markup(root)
}

// adopt puts an element without a namespace into one.
func adopt(e *etree.Element, namespace string, qualified bool) {
	if qualified {
		e.CreateAttr("xmlns", namespace)
		return
	}
	prefix := "ns"
	for e.SelectAttr("xmlns:"+prefix) != nil {
		prefix += "0"
	}
	e.Space = prefix
	e.CreateAttr("xmlns:"+prefix, namespace)
}

// markup writes an element alone. White space that a reader would normalise is
// written as references, as it was read from some.
func markup(e *etree.Element) (string, error) {
	doc := etree.NewDocumentWithRoot(e)
	doc.WriteSettings.CanonicalText, doc.WriteSettings.CanonicalAttrVal = true, true
	s, err := doc.WriteToString()
	if err != nil {
		return "", fmt.Errorf("write an element: %w", err)
	}
	return s, nil
}
