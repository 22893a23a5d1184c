package yamlnode

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// IsNull tells an absent or a null node.
func IsNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
}

// Clone copies a node and all below it.
func Clone(n *yaml.Node) *yaml.Node {
	if n == nil {
		return nil
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		out.Content[i] = Clone(c)
	}
	return &out
}

// Find is the value of a key of a mapping, nil where there is none.
func Find(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

// Set puts a value under a key, in the place of what is there.
func Set(n, key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key.Value {
			n.Content[i], n.Content[i+1] = key, value
			return
		}
	}
	n.Content = append(n.Content, key, value)
}

// ParseDuration reads 30d, 4h, 5m, 1h30m, 500ms; days are 24 hours, 0 needs no unit.
func ParseDuration(s string) (time.Duration, bool) {
	if s == "0" {
		return 0, true
	}
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(n)
		return time.Duration(days) * 24 * time.Hour, err == nil && days >= 0 && days <= 100_000
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}

var sizes = []struct {
	suffix string
	bytes  int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1}, {"", 1}}

// ParseSize reads a number of bytes: 512, 64KiB, 10MiB, 1GiB.
func ParseSize(s string) (int64, bool) {
	for _, u := range sizes {
		if n, ok := strings.CutSuffix(s, u.suffix); ok {
			v, err := strconv.ParseInt(n, 10, 64)
			return v * u.bytes, err == nil && v >= 0 && v <= (1<<62)/u.bytes
		}
	}
	return 0, false
}

// ParseRate reads N/s, N/m or N/h into requests a second; a bare 0 is none.
func ParseRate(s string) (float64, bool) {
	if s == "0" {
		return 0, true
	}
	n, per, _ := strings.Cut(s, "/")
	seconds, ok := map[string]float64{"s": 1, "m": 60, "h": 3600}[per]
	v, err := strconv.ParseFloat(n, 64)
	return v / max(seconds, 1), ok && err == nil && v > 0 && v <= 1e9
}

// Nearest is the known name that a mistyped one most likely meant, empty where none is near.
func Nearest(name string, known []string) string {
	best, distance := "", max(2, utf8.RuneCountInString(name)/3)+1
	for _, k := range known {
		if d := edits(strings.ToLower(name), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// edits is the Damerau-Levenshtein distance with neighbours swapped.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// Join is a path with one more name.
func Join(path, key string) string { return join(path, key) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func named(path string) string {
	if path == "" {
		return "the document"
	}
	return path
}

// short keeps what was mistyped from filling a screen.
func short(s string) string {
	if utf8.RuneCountInString(s) > 40 {
		return string([]rune(s)[:40]) + "…"
	}
	return s
}
