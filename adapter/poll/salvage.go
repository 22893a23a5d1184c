package poll

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"duijie/adapter"
	"duijie/internal/codec"
)

// A page that cannot be read because of one item would deafen the unit for as long
// as that item is listed. So its text is read once more with what is wrong put
// aside: bytes that are no characters become marks, and of JSON an element of a
// list that is no JSON becomes a mark as a whole. Items with a mark are unreadable,
// the others are not; the marks are turned back into what stood there.

const (
	aside   = 0x10FE00 // + a byte that is no character
	cutOut  = 0x10FD00 // + the number of an element that was cut out
	cutMost = 100
)

// salvaged is a page that was read so.
type salvaged struct {
	value codec.Value
	cut   []string // elements that were cut out, marks of bytes in them
}

// salvage reads a page that the codec could not read; err is why even so it cannot.
func salvage(raw []byte, c adapter.Codec) (*salvaged, error) {
	if c.Format != "json" && c.Format != "" && c.Format != "xml" {
		return nil, errors.New("unreadable")
	}
	text, err := marked(bytes.TrimPrefix(raw, []byte("\uFEFF")), c)
	if err != nil {
		return nil, err
	}
	s := &salvaged{}
	if c.Format == "xml" {
		if at := strings.Index(text, "?>"); at >= 0 && strings.HasPrefix(text, "<?xml") {
			text = text[at+2:] // it would name the charset that the text is no longer in
		}
	}
	for {
		s.value, err = codec.Decode([]byte(text), codec.Options{Format: c.Format, MaxDepth: maxDepth})
		if err == nil {
			return s, nil
		}
		var at *codec.Error
		if c.Format == "xml" || !errors.As(err, &at) || len(s.cut) >= cutMost {
			return nil, err
		}
		begin, end, ok := element(text, at.Offset)
		if !ok {
			return nil, err
		}
		mark := `"` + string(rune(cutOut+len(s.cut))) + `"`
		s.cut = append(s.cut, text[begin:end])
		text = text[:begin] + mark + text[end:]
	}
}

// marksMost bounds what is put aside of one page: beyond it the page is another
// charset's, or none.
const marksMost = 1000

// marked reads bytes by a charset, with marks for those that are no characters.
func marked(raw []byte, c adapter.Codec) (string, error) {
	var b strings.Builder
	for marks := 0; len(raw) > 0; marks++ {
		text, err := codec.Text(raw, c.Charset)
		if err == nil {
			b.WriteString(text)
			break
		}
		var at *codec.Error
		if marks >= marksMost || !errors.As(err, &at) || at.Offset >= len(raw) {
			return "", err
		}
		if text, err = codec.Text(raw[:at.Offset], c.Charset); err != nil {
			return "", err
		}
		b.WriteString(text)
		b.WriteRune(aside + rune(raw[at.Offset]))
		raw = raw[at.Offset+1:]
	}
	if c.Format != "xml" {
		return b.String(), nil
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\t' && r != '\n' && r != '\r' {
			return aside + r // XML has no such characters
		}
		return r
	}, b.String()), nil
}

// element finds the innermost element of a JSON list around a place, without
// asking more of the text than that its brackets fit.
func element(text string, at int) (begin, end int, ok bool) {
	type list struct {
		bracket byte
		element int // where its present element begins
	}
	var open []list
	around := -1 // the list whose element it is, by depth; known once the place is reached
	outward := func(from int) int {
		for from >= 0 && open[from].bracket != '[' {
			from--
		}
		return from
	}
	for i := 0; i < len(text); i++ {
		if i >= at && around < 0 {
			if around = outward(len(open) - 1); around < 0 {
				return 0, 0, false
			}
		}
		switch c := text[i]; c {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			open = append(open, list{c, i + 1})
		case '}', ']', ',':
			top := len(open) - 1
			if top < 0 {
				return 0, 0, false
			}
			if top == around && c != '}' {
				if begin = open[top].element; strings.TrimSpace(text[begin:i]) != "" {
					return begin, i, true
				}
				if around = outward(top - 1); around < 0 { // nothing there: what holds it is wrong
					return 0, 0, false
				}
			}
			switch {
			case c == ',':
				open[top].element = i + 1
			case c == '}' != (open[top].bracket == '{'):
				return 0, 0, false
			default:
				open = open[:top]
			}
		}
	}
	return 0, 0, false
}

// bad tells whether a mark stands anywhere in a value.
func bad(v *codec.Value) bool {
	has := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return r >= cutOut && r <= aside+0xff })
	}
	if has(v.Text) {
		return true
	}
	for i := range v.Items {
		if bad(&v.Items[i]) {
			return true
		}
	}
	for i := range v.Members {
		if has(v.Members[i].Name) || bad(&v.Members[i].Value) {
			return true
		}
	}
	return false
}

// restore turns the marks of an item's text back into what stood there.
func (s *salvaged) restore(text, charset string) []byte {
	for i, raw := range s.cut {
		text = strings.ReplaceAll(text, `"`+string(rune(cutOut+i))+`"`, raw)
	}
	var out []byte
	for text != "" {
		i := strings.IndexFunc(text, func(r rune) bool { return r >= aside && r <= aside+0xff })
		if i < 0 {
			i = len(text)
		}
		part, err := codec.EncodeText(text[:i], charset, nil)
		if err != nil {
			part = []byte(text[:i])
		}
		out = append(out, part...)
		if text = text[i:]; text != "" {
			r, n := utf8.DecodeRuneInString(text)
			out = append(out, byte(r-aside))
			text = text[n:]
		}
	}
	return out
}
