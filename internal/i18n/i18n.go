// Package i18n holds every text that a person reads: problem titles and details,
// hold reasons with what to do about them, marks, states, and the console's words,
// each in Chinese and in English.
//
// It promises that no code lacks a text in either language (a test walks the
// tables), that no text ever carries a value out of a message, and that an unknown
// code reads as the code itself, never as nothing. It imports nothing of ours, keeps
// no state, and may be used concurrently.
package i18n

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// Lang is a language that the product speaks.
type Lang string

// The languages. Chinese is the default.
const (
	ZH Lang = "zh"
	EN Lang = "en"
)

// Pick gives the language for a configured name; anything but "en" is Chinese.
func Pick(name string) Lang {
	if name == string(EN) {
		return EN
	}
	return ZH
}

// Match picks the language that an Accept-Language header prefers; fallback where
// it is empty, unreadable, or names neither.
func Match(accept string, fallback Lang) Lang {
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return fallback
	}
	offered := []language.Tag{language.Chinese, language.English}
	if fallback == EN {
		offered = []language.Tag{language.English, language.Chinese}
	}
	_, i, sure := language.NewMatcher(offered).Match(tags...)
	if sure == language.No {
		return fallback
	}
	if offered[i] == language.English {
		return EN
	}
	return ZH
}

// Text is one text in both languages.
type Text struct{ ZH, EN string }

// In gives the text in a language.
func (t Text) In(l Lang) string {
	if l == EN {
		return t.EN
	}
	return t.ZH
}

// Named is a code's short name and what it means or what to do about it.
type Named struct{ Name, Says Text }

func (n Named) in(l Lang) (string, string) { return n.Name.In(l), n.Says.In(l) }

// lookup reads a table; an unknown code is its own name.
func lookup(table map[string]Text, l Lang, code string) string {
	if t, ok := table[code]; ok {
		return t.In(l)
	}
	return code
}

func lookupNamed(table map[string]Named, l Lang, code string) (name, says string) {
	if n, ok := table[code]; ok {
		return n.in(l)
	}
	return code, ""
}

// Say gives a text of the console by its key, with args put in as by fmt.Sprintf.
// A text of two forms, "%d unit|%d units", takes the one that its first argument asks for.
func Say(l Lang, key string, args ...any) string {
	t := lookup(console, l, key)
	if one, many, ok := strings.Cut(t, "|"); ok {
		if t = many; len(args) > 0 && args[0] == 1 {
			t = one
		}
	}
	if len(args) == 0 {
		return t
	}
	return fmt.Sprintf(t, args...)
}

// Count is a number with its English noun, of which many is the plural where an s
// does not make it: "1 error", "2 entries".
func Count(n int, one string, many ...string) string {
	switch {
	case n == 1:
		return "1 " + one
	case len(many) > 0:
		return fmt.Sprintf("%d %s", n, many[0])
	}
	return fmt.Sprintf("%d %ss", n, one)
}
