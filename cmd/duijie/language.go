package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"duijie/internal/i18n"
)

// language is what --lang asks for, else what the environment says. Scripts, which
// run under C or with none, get English.
func language(flag string) (i18n.Lang, error) {
	switch flag {
	case "zh", "en":
		return i18n.Pick(flag), nil
	case "":
	default:
		return "", wrongUse(errors.New("--lang is zh or en"))
	}
	if env := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")); strings.HasPrefix(env, "zh") {
		return i18n.ZH, nil
	}
	return i18n.EN, nil
}

// speaks is what the environment says, for what is not asked by --lang.
func speaks() i18n.Lang {
	l, _ := language("")
	return l
}

// sayTip writes what a person can do about an error, in the environment's language.
func sayTip(s *streams, code string) {
	if text := i18n.Tip(speaks(), code); text != "" {
		fmt.Fprintf(s.err, "  %s\n", text)
	}
}

// explainCodes says once for each code what it means and what to do, by the texts
// of mean. The findings themselves stay as they are, for people search for them; in
// English they suffice.
func explainCodes(to io.Writer, fs []finding, l i18n.Lang, mean func(i18n.Lang, string) string) {
	if l != i18n.ZH {
		return
	}
	said := map[string]bool{}
	for _, f := range fs {
		if text := mean(l, f.Code); !said[f.Code] && text != f.Code {
			said[f.Code] = true
			fmt.Fprintf(to, "[%s] %s\n", f.Code, text)
		}
	}
}
