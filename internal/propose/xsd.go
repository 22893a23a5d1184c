package propose

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// node is one element of an XSD.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n *node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// xsdReader holds the named types and elements.
type xsdReader struct {
	seen            int
	types, elements map[string]*node
}

// readXSD reads the first global element's form; imports are not followed.
func readXSD(b []byte) (*field, error) {
	var root node
	if err := xml.Unmarshal(b, &root); err != nil {
		return nil, err
	}
	r := &xsdReader{types: map[string]*node{}, elements: map[string]*node{}}
	var first *node
	for i := range root.Children {
		c := &root.Children[i]
		switch c.XMLName.Local {
		case "complexType", "simpleType":
			r.types[c.attr("name")] = c
		case "element":
			r.elements[c.attr("name")] = c
			if first == nil {
				first = c
			}
		}
	}
	out := &field{typ: "object"}
	if first == nil {
		return out, nil
	}
	r.element(out, first, 0)
	out.children[0].required = true
	return out, nil
}

func bare(name string) string { return name[strings.LastIndex(name, ":")+1:] }

func (r *xsdReader) element(into *field, n *node, depth int) {
	if r.seen++; depth > deepest || r.seen > most {
		return
	}
	if ref := n.attr("ref"); ref != "" {
		if target := r.elements[bare(ref)]; target != nil {
			r.element(into, target, depth+1)
		}
		return
	}
	f := into.add(n.attr("name"))
	f.required = n.attr("minOccurs") != "0"
	if times := n.attr("maxOccurs"); times != "" && times != "1" && times != "0" {
		f.typ, f.items = "array", &field{}
		f = f.items
	}
	r.content(f, n, depth)
	if t := n.attr("type"); t != "" {
		if named := r.types[bare(t)]; named != nil {
			r.content(f, named, depth+1)
		} else {
			f.base(bare(t))
		}
	}
	if f.typ == "" {
		f.typ = "string"
	}
}

// content reads what stands inside an element or a type.
func (r *xsdReader) content(f *field, n *node, depth int) {
	if r.seen++; r.seen > most {
		return
	}
	for i := range n.Children {
		c := &n.Children[i]
		switch c.XMLName.Local {
		case "complexType":
			f.typ = "object"
			r.content(f, c, depth)
		case "sequence", "all", "choice", "complexContent", "simpleContent", "simpleType":
			r.content(f, c, depth)
		case "element":
			f.typ = "object"
			r.element(f, c, depth+1)
		case "attribute":
			f.typ = "object"
			a := f.add("@" + c.attr("name"))
			a.typ, a.required = "string", c.attr("use") == "required"
		case "restriction", "extension":
			if named := r.types[bare(c.attr("base"))]; named != nil && depth < deepest {
				r.content(f, named, depth+1)
			} else {
				f.base(bare(c.attr("base")))
			}
			r.content(f, c, depth)
		case "maxLength":
			f.maxLen, _ = strconv.Atoi(c.attr("value"))
		case "enumeration":
			f.enum = append(f.enum, c.attr("value"))
		case "annotation":
			for _, d := range c.Children {
				f.label = strings.TrimSpace(d.Text)
			}
		}
	}
}

// base is a built-in type. Numbers stay text where they may have decimals.
func (f *field) base(name string) {
	if f.typ == "object" {
		return
	}
	f.typ = "string"
	switch name {
	case "int", "integer", "long", "short", "nonNegativeInteger", "positiveInteger":
		f.typ = "integer"
	case "boolean":
		f.typ = "boolean"
	case "dateTime":
		f.format = "xs:dateTime"
	case "date":
		f.format = "date"
	}
}
