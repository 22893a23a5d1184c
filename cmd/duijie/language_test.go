package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"duijie/internal/i18n"
)

// lintCode finds the codes that package mapping gives its findings.
var lintCode = regexp.MustCompile(`(?:Severity: sev\w+, Code: |\.errorf\([^\n]*?|\.about\([^\n]*?)"([a-z]+(?:-[a-z]+)*)", `)

func TestEveryLintCodeHasItsChinese(t *testing.T) {
	files, err := filepath.Glob("../../mapping/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal("no mapping sources", err)
	}
	seen := 0
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range lintCode.FindAllStringSubmatch(string(src), -1) {
			switch m[1] {
			case "nat", "loc", "drop", "mappings": // where a finding stands
				continue
			}
			seen++
			if i18n.Finding(i18n.ZH, m[1]) == m[1] {
				t.Errorf("%s: the code %s has no text", f, m[1])
			}
		}
	}
	const some = 40
	if seen < some {
		t.Errorf("only %d places with a code found: the pattern is out of date", seen)
	}
}

// settingCode finds the codes that configuration, packs and `check` give.
var settingCode = regexp.MustCompile(`(?:\.(?:Error|Warn)\([a-zA-Z.]+(?:\([^()]*\))?, |\.add\("(?:error|warning)", [^"]*|Code:\s+)"([a-z]+(?:-[a-z]+)*)"`)

func TestEveryCodeOfCheckHasItsChinese(t *testing.T) {
	seen := map[string]bool{}
	for _, pattern := range []string{"../../internal/config/*.go", "../../internal/pack/*.go", "../../internal/yamlnode/*.go", "check*.go", "national.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal("no sources", pattern, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range settingCode.FindAllStringSubmatch(string(src), -1) {
				seen[m[1]] = true
				if i18n.Setting(i18n.ZH, m[1]) == m[1] {
					t.Errorf("%s: the code %s has no text", f, m[1])
				}
			}
		}
	}
	for _, code := range []string{"bad-value", "no-such-secret", "unit-broken", "unreachable", "missing"} {
		if !seen[code] {
			t.Errorf("%s was not found: the pattern is out of date", code)
		}
	}
}
