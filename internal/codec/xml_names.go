package codec

import (
	"sort"
	"strings"
)

// names turns the names of a document into the pack's: by the URI that a prefix
// stands for there, not by the prefix. Names of namespaces that the pack does
// not know stay as written, without a prefix those of a default namespace; one
// that would pass for a name of the pack is written {URI}name.
type names struct {
	pack  map[string]string // URI to prefix
	taken map[string]string // prefix to URI
	scope []binding
	tag   int // scope of the tag at hand begins here
}

// maxBindings bounds the search for a prefix, which is linear.
const maxBindings = 256

type binding struct{ prefix, uri string }

func newNames(namespaces map[string]string) names {
	n := names{taken: namespaces}
	if len(namespaces) > 0 {
		n.pack = make(map[string]string, len(namespaces))
		for _, prefix := range sortedKeys(namespaces) {
			if _, ok := n.pack[namespaces[prefix]]; !ok {
				n.pack[namespaces[prefix]] = prefix
			}
		}
	}
	return n
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (n *names) enter() int {
	n.tag = len(n.scope)
	return n.tag
}

func (n *names) leave(was int) { n.scope = n.scope[:was] }

// declare takes an attribute that is a declaration and stands at offset at.
func (n *names) declare(attribute, value string, at int) (bool, *Error) {
	prefix, ok := strings.CutPrefix(attribute, "xmlns")
	if !ok || prefix != "" && prefix[0] != ':' {
		return false, nil
	}
	prefix = strings.TrimPrefix(prefix, ":")
	for _, b := range n.scope[n.tag:] {
		if b.prefix == prefix {
			return true, &Error{Code: CodeDuplicate, Offset: at, What: "a namespace prefix is declared twice in one tag"}
		}
	}
	if len(n.scope) == maxBindings {
		return true, parseError(at, "more than %d namespace declarations", maxBindings)
	}
	n.scope = append(n.scope, binding{prefix, value})
	return true, nil
}

func (n *names) resolve(name string, attribute bool) string {
	if len(n.scope) == 0 {
		return name
	}
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		prefix, local = "", name
		if attribute {
			return name
		}
	}
	for i := len(n.scope) - 1; i >= 0; i-- {
		if n.scope[i].prefix != prefix {
			continue
		}
		uri := n.scope[i].uri
		if ours, ok := n.pack[uri]; ok && (ours != "" || !attribute) {
			if ours == "" {
				return local
			}
			return ours + ":" + local
		}
		if _, ok := n.taken[prefix]; ok && uri != "" {
			return "{" + uri + "}" + local
		}
		return name
	}
	return name
}

func isNameStart(r rune) bool {
	switch {
	case r < 0x80:
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '_' || r == ':'
	case r < 0x2000:
		return r >= 0xc0 && r != 0xd7 && r != 0xf7 && (r < 0x300 || r >= 0x370) && r != 0x37e
	}
	return r == 0x200c || r == 0x200d || 0x2070 <= r && r <= 0x218f || 0x2c00 <= r && r <= 0x2fef ||
		0x3001 <= r && r <= 0xd7ff || 0xf900 <= r && r <= 0xfdcf || 0xfdf0 <= r && r <= 0xfffd || 0x10000 <= r && r <= 0xeffff
}

func isNameChar(r rune) bool {
	return isNameStart(r) || '0' <= r && r <= '9' || r == '-' || r == '.' || r == 0xb7 ||
		0x300 <= r && r <= 0x36f || r == 0x203f || r == 0x2040
}

func isNameByte(c byte) bool { return isNameChar(rune(c)) }

func isName(s string) bool {
	for i, r := range s {
		if !isNameChar(r) || i == 0 && !isNameStart(r) {
			return false
		}
	}
	return s != ""
}
