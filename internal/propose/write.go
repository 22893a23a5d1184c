package propose

import (
	"fmt"
	"strings"
	"unicode"
)

// writeTable is the mapping file of the rules, with what was not guessed below.
func writeTable(in Input, rules []rule, rest []left, missing, open []string) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# A first table, proposed from a %s. Every rule is a guess and says how sure it is:\n", in.Kind)
	b.WriteString("# read each one, then take its mark away. `duijie mapping lint` says what is left.\n")
	fmt.Fprintf(&b, "mapping: %s\nlocal: %s\nrules:", in.Type, in.Local)
	if !alive(rules) {
		b.WriteString(" []")
	}
	b.WriteByte('\n')
	writeRules(&b, rules, "  ")
	if len(missing) > 0 {
		b.WriteString("# required on the national side, and not guessed:\n")
		for _, m := range missing {
			fmt.Fprintf(&b, "#   - {nat: %s, loc: }\n", scalar(m))
		}
	}
	if len(rest) > 0 {
		b.WriteString("# on the local side, and not guessed:\n")
		for _, l := range rest {
			fmt.Fprintf(&b, "#   - {nat: , loc: %s}", scalar(l.path))
			if l.typ != "" || l.label != "" {
				b.WriteString("   " + oneLine(l.typ+" "+l.label))
			}
			b.WriteByte('\n')
		}
	}
	if len(open) > 0 {
		b.WriteString("# optional on the national side, and not guessed: a rule, or drop with its why:\n")
		for _, m := range open {
			fmt.Fprintf(&b, "#   - {nat: %s, drop: to-local, why: }\n", scalar(m))
		}
	}
	return []byte(b.String())
}

func alive(rules []rule) bool {
	for _, r := range rules {
		if !r.comment {
			return true
		}
	}
	return false
}

func writeRules(b *strings.Builder, rules []rule, indent string) {
	for _, r := range rules {
		guess := fmt.Sprintf("# guess %.1f", r.sure)
		if r.note != "" {
			guess += ", " + r.note
		}
		if r.inner != nil {
			fmt.Fprintf(b, "%s- nat: %s   %s\n%s  loc: %s\n%s  each:\n", indent, scalar(r.nat), guess, indent, scalar(r.loc), indent)
			writeRules(b, r.inner, indent+"    ")
			continue
		}
		more := ""
		if r.more != "" {
			more = ", " + r.more
		}
		mark := ""
		if r.comment {
			mark = "# "
		}
		fmt.Fprintf(b, "%s%s- {nat: %s, loc: %s%s}   %s\n", indent, mark, scalar(r.nat), scalar(r.loc), more, guess)
	}
}

// scalar quotes a path where YAML would read it otherwise, in flow style too.
func scalar(s string) string {
	switch strings.ToLower(s) {
	case "no", "yes", "on", "off", "y", "n", "true", "false", "null", "~", "":
		return quote(s)
	}
	if strings.ContainsFunc(s, unicode.IsControl) || strings.ContainsAny(s, "[]{}\"',:#&*!|>%@`\\ ") || s[0] == '-' || s[0] == '?' || s[0] >= '0' && s[0] <= '9' {
		return quote(s)
	}
	return s
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
