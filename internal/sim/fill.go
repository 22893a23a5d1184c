package sim

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// fill makes a document out of a template: {name} in a string is replaced by its
// value, wherever it stands; a name without a value becomes "".
func fill(template any, value func(name string) string) any {
	switch t := template.(type) {
	case map[string]any:
		out := make(object, len(t))
		for k, v := range t {
			out[k] = fill(v, value)
		}
		return out
	case []any:
		out := make([]any, len(t))
		for i, v := range t {
			out[i] = fill(v, value)
		}
		return out
	case string:
		return fillText(t, value)
	}
	return template
}

func fillText(s string, value func(string) string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		b.WriteString(s[:open])
		b.WriteString(value(s[open+1 : open+end]))
		s = s[open+end+1:]
	}
	return b.String() + s
}

// moment is the value of a time's name: NAME alone, or NAME+Nd so many days later.
func moment(name, base string, now time.Time, layout string) (string, bool) {
	if name == base {
		return now.Format(layout), true
	}
	days, ok := strings.CutPrefix(name, base+"+")
	if !ok {
		return "", false
	}
	n, err := time.ParseDuration(strings.TrimSuffix(days, "d") + "h")
	if err != nil {
		return "", false
	}
	return now.Add(24 * n).Format(layout), true
}

// inventedSize is the length of every invented file.
const inventedSize = 20480

// inventedFile is the content of a file that nobody wrote.
func inventedFile(seed string) []byte {
	b := bytes.Repeat([]byte{' '}, inventedSize)
	copy(b, "invented file "+seed)
	return b
}

// inventedDigest is the SHA-256 of that file.
func inventedDigest(seed string) string {
	sum := sha256.Sum256(inventedFile(seed))
	return hex.EncodeToString(sum[:])
}
