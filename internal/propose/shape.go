package propose

import (
	"fmt"
	"regexp"
	"strings"
)

// rowTime is how the rows codec shows a DATE or TIMESTAMP.
const rowTime = "yyyy-MM-dd HH:mm:ss"

// timeForm is a spelling of times; coarse has no time of day.
type timeForm struct {
	like    *regexp.Regexp
	pattern string
	coarse  bool
}

func timeForms() []timeForm {
	return []timeForm{
		{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`), "", false},
		{regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`), "yyyy-MM-dd'T'HH:mm:ss", false},
		{regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$`), rowTime, false},
		{regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d$`), "yyyy/MM/dd HH:mm:ss", false},
		{regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d$`), "yyyy-MM-dd HH:mm", false},
		{regexp.MustCompile(`^(19|20)\d{12}$`), "yyyyMMddHHmmss", false},
		{regexp.MustCompile(`^1\d{12}$`), "epoch-ms", false},
		{regexp.MustCompile(`^1\d{9}$`), "epoch-s", false},
		{regexp.MustCompile(`^(19|20)\d{6}$`), "yyyyMMdd", true},
		{regexp.MustCompile(`^\d{4}-\d\d-\d\d$`), "yyyy-MM-dd", true},
		{regexp.MustCompile(`^\d{4}/\d\d/\d\d$`), "yyyy/MM/dd", true},
		{regexp.MustCompile(`^\d{4}年\d{1,2}月\d{1,2}日$`), "yyyy年M月d日", true},
	}
}

// shape adds the meaning that two forms of one thing need. element is what the list at
// hand holds.
func shape(r *rule, nat, loc *field, element string) {
	switch {
	case nat.format == "date-time" || nat.format == "date":
		shapeTime(r, nat, loc)
	case nat.ref == "money":
		shapeMoney(r, loc)
	case len(nat.enum) > 0:
		if !within(loc, nat.enum) {
			table := tableOf(nat, element)
			r.comment, r.more = true, "codes: "+table
			r.note = fmt.Sprintf("write codes/%s.csv for %s, then take the # away", table, strings.Join(nat.enum, " "))
		}
	case nat.typ == "boolean" && loc.typ != "boolean":
		r.comment, r.more = true, `convert: {nat: boolean, loc: `+orString(loc.typ)+`, "true": ["1"], "false": ["0"]}`
		r.note = "which spellings?"
	case nat.typ != loc.typ && nat.typ != "" && loc.typ != "":
		r.more, r.sure = fmt.Sprintf("convert: {nat: %s, loc: %s}", nat.typ, loc.typ), r.sure-sureSample
	case nat.name == "idNumber":
		r.more = "text: {trim: both, case: upper}"
	}
}

// tableOf names a code table: a party's kind and an agent's are not the same codes.
func tableOf(nat *field, element string) string {
	switch {
	case nat.ref != "":
		return nat.ref
	case element == "":
		return nat.name
	}
	return element + strings.ToUpper(nat.name[:1]) + nat.name[1:]
}

func orString(typ string) string {
	if typ == "" {
		return "string"
	}
	return typ
}

func shapeTime(r *rule, nat, loc *field) {
	pattern, coarse, known := timeOf(loc)
	switch {
	case !known:
		pattern, coarse = rowTime, false
		r.sure -= 3 * sureSample
		r.note = "how does the local side write times?"
	case pattern == "" || nat.format == "date" && (pattern == "yyyy-MM-dd" || pattern == "date"):
		return
	}
	r.more = fmt.Sprintf("time: {loc: %q}", pattern)
	if coarse && nat.format == "date-time" {
		r.more += ", lossy: to-local, why: 对方只存日期"
	}
}

// timeOf is the pattern that the format or every sample value follows.
func timeOf(loc *field) (pattern string, coarse, known bool) {
	switch loc.format {
	case "date-time":
		return "", false, true
	case "date":
		return "yyyy-MM-dd", true, true
	case "xs:dateTime":
		return "yyyy-MM-dd'T'HH:mm:ss", false, true
	case rowTime:
		return rowTime, false, true
	}
	for _, f := range timeForms() {
		fits := len(loc.values) > 0
		for _, v := range loc.values {
			fits = fits && f.like.MatchString(v)
		}
		if fits {
			return f.pattern, f.coarse, true
		}
	}
	return "", false, false
}

// shapeMoney: the national side is 元 as text. A whole number may be 分 or 元, and a
// sample seldom tells: the guess says so.
func shapeMoney(r *rule, loc *field) {
	switch loc.typ {
	case "integer":
		r.more, r.note = "number: {loc: {scale: 2, type: integer}}", "分? for 元 say {scale: 0, type: integer}"
		r.sure -= 3 * sureSample
	case "number":
		r.more = "number: {loc: {type: number, scale: 2}}"
	default:
		r.more = "number: {loc: {type: string, fixed: 2}}"
	}
}

// within tells whether the local values are the national codes themselves.
func within(loc *field, enum []string) bool {
	seen := append(append([]string{}, loc.enum...), loc.values...)
	for _, v := range seen {
		ok := false
		for _, e := range enum {
			ok = ok || v == e
		}
		if !ok {
			return false
		}
	}
	return len(seen) > 0
}
