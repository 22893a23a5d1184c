package settings

import (
	"fmt"
	"strings"

	"duijie/adapter"
)

// Secret is the name of a secret that the unit binds; empty where none is set.
type Secret string

// Secret reads a secret:NAME; anything else, an env: or file: too, is a finding,
// as packs come from elsewhere.
func (m *Map) Secret(key string) Secret {
	n := m.Node(key)
	s := m.Scalar(n)
	if s == "" {
		return ""
	}
	name, ok := strings.CutPrefix(s, "secret:")
	if !ok || name == "" {
		m.Add(n, "error", "secret-literal", "%s must be secret:NAME, bound in the unit's secrets", key)
		return ""
	}
	return Secret(name)
}

// Literal notes a value that names a secret in a way that packs may not.
func (m *Map) Literal(key string) {
	if s := m.String(key); strings.HasPrefix(s, "env:") || strings.HasPrefix(s, "file:") {
		m.Add(m.Place(key), "error", "secret-literal", "%s must be secret:NAME, bound in the unit's secrets", key)
	}
}

// Value gives the secret's value; "" where none is named.
func (s Secret) Value(d adapter.Deps) (string, error) {
	if s == "" {
		return "", nil
	}
	if d.Secret == nil {
		return "", fmt.Errorf("secret %s is not bound", string(s))
	}
	v, err := d.Secret(string(s))
	if err != nil {
		return "", fmt.Errorf("secret %s: %w", string(s), err)
	}
	return v, nil
}

// nearest is the known key that differs least, "" where none is near.
func nearest(key string, known map[string]bool) string {
	best, least := "", max(1, len(key)/3)+1
	for k := range known {
		if d := distance(key, k); d < least || d == least && best != "" && k < best {
			best, least = k, d
		}
	}
	return best
}

// distance counts the bytes to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}
