package i18n

// CoverageWord is a word of the page that shows what a pack does with every field.
func CoverageWord(l Lang, word string) string {
	if t, ok := coverageWords[word]; ok {
		return t.In(l)
	}
	return word
}

var coverageWords = map[string]Text{
	"title":     {"字段覆盖", "Coverage of fields"},
	"intro":     {"每个报文类型、每一侧的每个字段：由哪条规则对应，是常量、缺省，还是舍弃及其原因。", "Every field of every message type, on each side: which rule maps it, whether it is constant, has a default, or is dropped and why."},
	"nat":       {"国家侧", "National side"},
	"loc":       {"本地侧", "Local side"},
	"field":     {"字段", "Field"},
	"state":     {"情形", "State"},
	"rule":      {"规则与原因", "Rule and reason"},
	"mapped":    {"已对应", "mapped"},
	"constant":  {"常量", "constant"},
	"defaulted": {"有缺省值", "has a default"},
	"dropped":   {"舍弃", "dropped"},
	"excused":   {"免填", "excused"},
	"missing":   {"缺", "missing"},
}
