// Package codec turns the bytes of a local system's documents into a tree and
// back, in its format (JSON, XML, form, CSV, rows) and its charset (UTF-8, GBK,
// GB18030). It knows nothing of mappings: a mapping never learns whether it
// speaks JSON, XML or columns.
//
// It promises that what it reads and writes again says the same, that a
// character which the target charset cannot hold is an error with its code
// point and never a question mark, and that hostile input costs linear time and
// memory and never panics. It opens no file and resolves no entity.
package codec

// Kind is what a Value is.
type Kind uint8

// The kinds of a Value. The zero Value is Absent.
const (
	Absent Kind = iota
	Null
	Bool
	Number // Text holds the number as written
	String // Text holds the string
	Array
	Object
)

// Value is one node of a document's tree. Members and items keep the document's order.
type Value struct {
	Kind    Kind
	True    bool    // of a Bool
	CDATA   bool    // of a String: an XML writer makes it a CDATA section; readers never set it
	Text    string  // of a Number (as written) or a String
	Items   []Value // of an Array
	Members []Member
}

// Member is a named child of an Object. In XML trees attributes are named
// "@name" and the text of an element that has children or attributes "#text".
type Member struct {
	Name  string
	Value Value
}

// Get returns the member of that name; ok is false where there is none.
func (v *Value) Get(name string) (*Value, bool) {
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value, true
		}
	}
	return nil, false
}

// Str makes a String.
func Str(s string) Value { return Value{Kind: String, Text: s} }

// Num makes a Number from its text.
func Num(s string) Value { return Value{Kind: Number, Text: s} }
