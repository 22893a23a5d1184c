package mapping

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"duijie/internal/i18n"
)

var rewrite = flag.Bool("rewrite-docs", false, "write the generated sections of docs/mapping.md anew")

func classWord(c keyClass, zh bool) string {
	words := map[keyClass][2]string{
		classSide: {"side", "侧"}, classShape: {"shape", "形状"}, classMeaning: {"meaning", "含义"},
		classModifier: {"modifier", "修饰"}, classPart: {"part of a shape or meaning", "附属"},
	}
	if zh {
		return words[c][1]
	}
	return words[c][0]
}

// ruleReference is the rule table as a table of Markdown.
func ruleReference(zh bool) string {
	var b strings.Builder
	if zh {
		b.WriteString("| 键 | 类别 | 作用（英文原文） |\n|---|---|---|\n")
	} else {
		b.WriteString("| key | class | what it is |\n|---|---|---|\n")
	}
	for _, k := range ruleTable() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.name, classWord(k.class, zh), k.doc)
	}
	return b.String()
}

// codeReference is what lint's codes mean.
func codeReference(l i18n.Lang) string {
	var b strings.Builder
	if l == i18n.ZH {
		b.WriteString("| 代码 | 含义与处理 |\n|---|---|\n")
	} else {
		b.WriteString("| code | what it means, and what to do |\n|---|---|\n")
	}
	for _, c := range i18n.Findings() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c, strings.ReplaceAll(i18n.Finding(l, c), "|", "\\|"))
	}
	return b.String()
}

// TestReferenceInTheDocsIsCurrent: go test ./mapping -run Reference -rewrite-docs
func TestReferenceInTheDocsIsCurrent(t *testing.T) {
	for name, sections := range map[string]map[string]string{
		"../docs/mapping.md":    {"rules": ruleReference(false), "codes": codeReference(i18n.EN)},
		"../docs/zh/mapping.md": {"rules": ruleReference(true), "codes": codeReference(i18n.ZH)},
	} {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(raw)
		for section, want := range sections {
			begin, end := "<!-- generated: "+section+" -->\n", "<!-- end -->"
			before, rest, ok := strings.Cut(text, begin)
			is, after, closed := strings.Cut(rest, end)
			if !ok || !closed {
				t.Errorf("%s has no section %s", name, section)
				continue
			}
			if is != want {
				if !*rewrite {
					t.Errorf("%s: the section %s is not what the code says: run this test with -rewrite-docs", name, section)
				}
				text = before + begin + want + end + after
			}
		}
		if *rewrite && text != string(raw) {
			if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
