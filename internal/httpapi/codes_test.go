package httpapi_test

import (
	"testing"

	"duijie/internal/i18n"
	"duijie/internal/problem"
)

func TestEveryProblemCodeHasItsTexts(t *testing.T) {
	for code := range problem.Codes() {
		for _, l := range []i18n.Lang{i18n.ZH, i18n.EN} {
			if title, detail := i18n.Problem(l, code); title == code || detail == "" {
				t.Errorf("%s has no text in %s", code, l)
			}
		}
	}
}
