package propose

import (
	"regexp"
	"strconv"
	"strings"
)

var (
	createTable = regexp.MustCompile(`(?is)create\s+table\s+(?:if\s+not\s+exists\s+)?([^\s(]+)\s*\(`)
	columnLine  = regexp.MustCompile("(?is)^[`\"\\[]?([\\p{L}_][\\p{L}\\p{N}_$#]*)[`\"\\]]?\\s+([a-z][a-z0-9_]*)\\s*(?:\\(\\s*(\\d+)[^)]*\\))?(.*)$")
	inlineLabel = regexp.MustCompile(`(?is)comment\s+'([^']*)'`)
	labelOn     = regexp.MustCompile(`(?is)comment\s+on\s+column\s+([^\s]+)\s+is\s+'([^']*)'`)
	lineComment = regexp.MustCompile(`(?m)--[^\n]*$`)
	notNull     = regexp.MustCompile(`(?i)not\s+null|primary\s+key`)
)

// readDDL reads CREATE TABLE statements as the tree of the rows codec, TABLE → rows → columns.
func readDDL(text string) (*field, error) {
	text = lineComment.ReplaceAllString(text, "")
	root := &field{typ: "object"}
	for _, m := range createTable.FindAllStringSubmatchIndex(text, -1) {
		table := root.add(unquoted(text[m[2]:m[3]]))
		table.typ, table.items = "array", &field{typ: "object"}
		for _, line := range columns(text[m[1]:]) {
			column(table.items, line)
		}
	}
	for _, m := range labelOn.FindAllStringSubmatch(text, -1) {
		parts := strings.Split(m[1], ".")
		if len(parts) < 2 {
			continue
		}
		if t := root.child(unquoted(parts[len(parts)-2])); t != nil {
			if c := t.items.child(unquoted(parts[len(parts)-1])); c != nil {
				c.label = m[2]
			}
		}
	}
	return root, nil
}

func unquoted(s string) string {
	if i := strings.LastIndex(s, "."); i >= 0 {
		s = s[i+1:]
	}
	return strings.Trim(s, "`\"[]")
}

// columns splits a table's body at the commas outside of brackets and quotes, up to its end.
func columns(body string) []string {
	var out []string
	depth, begin, quoted := 0, 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')' && depth == 0:
			return append(out, body[begin:i])
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, body[begin:i])
			begin = i + 1
		}
	}
	return append(out, body[begin:])
}

func column(table *field, line string) {
	m := columnLine.FindStringSubmatch(strings.TrimSpace(line))
	if m == nil {
		return
	}
	switch strings.ToLower(m[1]) {
	case "primary", "unique", "key", "index", "constraint", "foreign", "check", "fulltext":
		return
	}
	c := table.add(m[1])
	c.typ, c.required = "string", notNull.MatchString(m[4])
	switch t := strings.ToLower(m[2]); {
	case strings.Contains(t, "char"):
		c.maxLen, _ = strconv.Atoi(m[3])
	case t == "date" || strings.HasPrefix(t, "timestamp") || strings.HasPrefix(t, "datetime"):
		c.format = rowTime
	case strings.HasSuffix(t, "int") || t == "integer":
		c.typ = "integer"
	}
	if l := inlineLabel.FindStringSubmatch(m[4]); l != nil {
		c.label = l[1]
	}
}
