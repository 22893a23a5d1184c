// Package mask hides personal data in a peer's free text, so that an operator can
// read why something was refused without reading about whom. It knows the message
// that the text answers, twice: as it came and masked by the schemas' annotations;
// every value that differs between the two is personal, and is hidden wherever the
// text repeats it. Long runs of digits are hidden always. Where the message is gone
// or is no JSON, everything but letters of ASCII, marks and short numbers is hidden.
//
// It cannot know of persons whom the message does not name. It is pure.
package mask

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Runs of digits longer than this may be a phone, an identity or an account number;
// shorter ones are error codes and counts.
const plainDigits = 5

// Text hides in text what masked hides of payload.
func Text(text string, payload, masked []byte) string {
	if text == "" {
		return ""
	}
	var open, hidden any
	if json.Unmarshal(payload, &open) != nil || json.Unmarshal(masked, &hidden) != nil {
		return digits(strict(text))
	}
	secrets := map[string]string{}
	differences(open, hidden, secrets)
	for _, s := range longestFirst(secrets) {
		text = strings.ReplaceAll(text, s, stars(utf8.RuneCountInString(s)))
	}
	return digits(text)
}

// differences gathers the leaves of open that hidden shows otherwise.
func differences(open, hidden any, out map[string]string) {
	switch o := open.(type) {
	case map[string]any:
		h, _ := hidden.(map[string]any)
		for k, v := range o {
			differences(v, h[k], out)
		}
	case []any:
		h, _ := hidden.([]any)
		for i, v := range o {
			var other any
			if i < len(h) {
				other = h[i]
			}
			differences(v, other, out)
		}
	case string:
		const shortest = 2 // a single character would blot out half the text
		if h, _ := hidden.(string); h != o && utf8.RuneCountInString(o) >= shortest {
			out[o] = h
		}
	}
}

// longestFirst keeps a name from being cut by another that it contains.
func longestFirst(secrets map[string]string) []string {
	out := make([]string, 0, len(secrets))
	for s := range secrets {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return out
}

// strict keeps ASCII and marks.
func strict(text string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return '*'
		}
		return r
	}, text)
}

// digits hides long runs; an X at the end of one belongs to an identity number.
func digits(text string) string {
	runes := []rune(text)
	for i := 0; i < len(runes); {
		n := i
		for n < len(runes) && (unicode.IsDigit(runes[n]) || runes[n] == '*') {
			n++
		}
		if n-i > plainDigits {
			for ; i < n; i++ {
				runes[i] = '*'
			}
			if n < len(runes) && (runes[n] == 'X' || runes[n] == 'x') {
				runes[n] = '*'
			}
		}
		i = max(n, i+1)
	}
	return string(runes)
}

func stars(n int) string { return strings.Repeat("*", n) }
