package duijie

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"duijie/internal/i18n"
	"duijie/internal/problem"
	"duijie/schemas"
)

// documents reads every Markdown file of the tree, by its path with /.
func documents(t *testing.T) map[string]string { return files(t, ".md") }

// files reads every file of the tree with that ending, by its path with /.
func files(t *testing.T, ending string) map[string]string {
	t.Helper()
	docs := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ending || d.IsDir() {
			return nil
		}
		text, err := os.ReadFile(path)
		docs[filepath.ToSlash(path)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

var (
	fences   = regexp.MustCompile("(?s)\n[ \t]*```.*?\n[ \t]*```")
	spans    = regexp.MustCompile("`[^`\n]*`")
	links    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	tests    = regexp.MustCompile("`(Test[A-Z]\\w*|Suite/\\w+)`")
	headings = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
)

// TestLinksInDocumentsLeadSomewhere follows every relative link, and its anchor
// where it has one.
func TestLinksInDocumentsLeadSomewhere(t *testing.T) {
	docs := documents(t)
	for name, text := range docs {
		prose := spans.ReplaceAllString(fences.ReplaceAllString(text, ""), "")
		for _, m := range links.FindAllStringSubmatch(prose, -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: the link %s cannot be read", name, m[1])
				continue
			}
			if u.Scheme != "" {
				continue
			}
			target := name
			if u.Path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), filepath.FromSlash(u.Path)))
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s: the link %s leads nowhere", name, m[1])
					continue
				}
			}
			if u.Fragment != "" && !hasAnchor(docs[target], u.Fragment) {
				t.Errorf("%s: %s has no heading #%s", name, target, u.Fragment)
			}
		}
	}
}

// hasAnchor tells whether a heading of the text becomes that anchor, as the usual
// renderers make them: lower case, blanks to hyphens, punctuation dropped.
func hasAnchor(text, anchor string) bool {
	for _, m := range headings.FindAllStringSubmatch(fences.ReplaceAllString("\n"+text, ""), -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(m[1])) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 0x4e00 && r <= 0x9fff:
				b.WriteRune(r)
			}
		}
		if b.String() == anchor {
			return true
		}
	}
	return false
}

// TestEveryProblemCodeIsDocumented looks for each code as a code span of http.md.
func TestEveryProblemCodeIsDocumented(t *testing.T) {
	text := documents(t)["docs/http.md"]
	for code := range problem.Codes() {
		if !strings.Contains(text, "`"+code+"`") {
			t.Errorf("docs/http.md does not name the problem code %s", code)
		}
	}
}

// TestEveryMessageTypeIsDocumented looks for each type as a code span of domain.md.
func TestEveryMessageTypeIsDocumented(t *testing.T) {
	text := documents(t)["docs/domain.md"]
	for _, f := range schemas.All() {
		if !strings.Contains(text, "`"+f.Type+"`") {
			t.Errorf("docs/domain.md does not name the message type %s", f.Type)
		}
	}
}

// TestEveryTestNamedInDocumentsExists: a promise that names its test has it. Suite/
// stands for the subtests of internal/queue/queuetest.
func TestEveryTestNamedInDocumentsExists(t *testing.T) {
	var code strings.Builder
	for _, text := range files(t, ".go") {
		code.WriteString(text)
	}
	all := code.String()
	for name, text := range documents(t) {
		for _, m := range tests.FindAllStringSubmatch(text, -1) {
			want := "func " + m[1] + "("
			if sub, ok := strings.CutPrefix(m[1], "Suite/"); ok {
				want = `"` + sub + `"`
			}
			if !strings.Contains(all, want) {
				t.Errorf("%s names the test %s, which does not exist", name, m[1])
			}
		}
	}
}

// TestEveryHoldReasonAndMarkIsDocumented looks for each code in the promise and in
// the handbook for the person on duty.
func TestEveryHoldReasonAndMarkIsDocumented(t *testing.T) {
	docs := documents(t)
	for _, name := range []string{"docs/delivery.md", "docs/zh/operations.md"} {
		for _, code := range append(i18n.Reasons(), i18n.Marks()...) {
			if !strings.Contains(docs[name], "`"+code+"`") {
				t.Errorf("%s does not name %s", name, code)
			}
		}
	}
}
