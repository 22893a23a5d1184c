package mapping

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// A lintCase changes the clean test pack in one place and says what must be found.
type lintCase struct {
	name     string
	file     string // below mappings/, codes/, schemas/ or profile
	old, new string
	want     string // LINE: severity[code], or empty: no new finding
}

func readPack(t testing.TB, name string) string {
	t.Helper()
	b, err := fs.ReadFile(os.DirFS("testdata/pack"), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func findings(fs []Finding) string {
	var b strings.Builder
	for _, f := range fs {
		fmt.Fprintf(&b, "%s:%d:%d: %s[%s]: %s\n  nat %s · loc %s · %s\n", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message, f.Nat, f.Loc, f.Hint)
	}
	return b.String()
}

func TestTheTestPackIsClean(t *testing.T) {
	_, fs := CompilePack(testSource(t, os.DirFS("testdata/pack")))
	for _, f := range fs {
		if f.Code != "fixture-missing" {
			t.Error(findings([]Finding{f}))
		}
	}
}

func TestFindings(t *testing.T) {
	const cd, ca = "mappings/case.delegated.yaml", "mappings/case.accepted.yaml"
	for _, c := range []lintCase{
		{"YAML that is none", cd, "rules:\n", "rules: [\n", "error[syntax]"},
		{"a key that no rule has", cd, "number: {loc:", "nubmer: {loc:", "9: error[unknown-key]"},
		{"a key that no file has", cd, "root: Body.Case", "rot: Body.Case", "4: error[unknown-key]"},
		{"two shapes", cd, `const: "02"`, `const: "02", drop: both`, "error[wrong-kind]"},
		{"two meanings", cd, "codes: delegation}", "codes: delegation, convert: {nat: string}}", "8: error[wrong-kind]"},
		{"a table that is not there", cd, "codes: delegation}", "codes: delegatoin}", "8: error[no-such-file]"},
		{"a group that is not there", cd, "use: common/person", "use: common/persons", "error[no-such-file]"},
		{"a zone that is none", cd, "time: {loc: yyyyMMdd}", "time: {loc: yyyyMMdd, zone: Asia/Nowhere}", "7: error[bad-value]"},
		{"a unit that is none", cd, "scale: 2, type: integer", "unit: 里", "error[bad-value]"},
		{"a range that is none", cd, "n: 1..3", "n: 3..1", "error[bad-value]"},
		{"a path that the schema does not allow", cd, "loc: wbbh", "loc: wbhb", "6: error[no-such-path]"},
		{"a national path that is not there", cd, "nat: caseNo", "nat: caseNumber", "6: error[no-such-path]"},
		{"a selector's constant outside the enum", cd, "parties[role=applicant]", "parties[role=aplicant]", "error[selector-value]"},
		{"a when's constant outside the enum", cd, "{nat: tags, loc: bq}", "{nat: tags, loc: bq, when: delegation == \"pro\"}", "error[selector-value]"},
		{"types that a copy cannot join", cd, "number: {loc: {scale: 2, type: integer}}", "lossy: both, why: x", "9: error[type-clash]"},
		{"a required field that no rule writes", cd, "  - {nat: delegation, loc: wplx, codes: delegation}\n", "", "5: error[required-unmapped]"},
		{"a source field that no rule carries", cd, "  - {nat: tags, loc: bq}\n", "", "5: error[undeclared-loss]"},
		{"an open object is one leaf", cd, "  - {nat: ext, drop: to-local, why: 对方无扩展}\n", "", "5: error[undeclared-loss]"},
		{"a value of the selector's enum that nobody takes", cd, "  - {nat: \"parties[role=third]\", drop: to-local, why: 对方不收第三人}\n", "", "error[selector-gap]"},
		{"two rules write one target", cd, "{nat: tags, loc: bq}", "{nat: tags, loc: bq}\n  - {nat: caseNo, loc: wbbh}", "error[written-twice]"},
		{"selectors that can match one element", cd, `parties[role=third]", drop: to-local, why: 对方不收第三人}`, "parties[*]\", loc: \"bq2[*]\", each: []}", "error[no-such-path]"},
		{"a table that lacks a code", "codes/delegation.csv", "post,02,委托,,,\n", "", "error[codes-missing]"},
		{"two rows one key", "codes/delegation.csv", "post,02,委托,,,\n", "post,02,委托,,,\npre,03,x,>,,\n", "4: error[codes-not-injective]"},
		{"a merge that is not declared", "codes/agentKind.csv", "other,9,其他,,,\n", "other,9,其他,,,\nother,8,y,<,,\n", "error[codes-merge]"},
		{"a value in no enum", "codes/delegation.csv", "post,02,委托,,,\n", "post,02,委托,,,\nmid,,x,<,,\n", "4: error[codes-unknown]"},
		{"digit codes of unequal length", "codes/agentKind.csv", "other,9,", "other,09,", "warning[codes-width]"},
		{"time of day lost", cd, ", lossy: to-local, why: 对方只存日期", "", "7: error[time-too-coarse]"},
		{"a pattern with an unknown letter", cd, "time: {loc: yyyyMMdd}", "time: {loc: YYYYMMdd}", "7: error[time-bad-pattern]"},
		{"a unit twice", cd, "time: {loc: yyyyMMdd}", "time: {loc: yyyyMMdd yyyy}", "7: error[time-bad-pattern]"},
		{"variable digits touching", cd, "time: {loc: yyyyMMdd}", "time: {loc: yyyyMdd}", "7: error[time-bad-pattern]"},
		{"two forms that read one text differently", cd, "time: {loc: yyyyMMdd}", "time: {loc: yyyyMMdd, also: [ddMMyyyy]}", "7: error[time-bad-pattern]"},
		{"digits lost", cd, "{scale: 2, type: integer}", "{scale: 1, type: integer}", "9: error[number-scale]"},
		{"a part that may hold the separator", cd, "[org.code, org.district, org.name]", "[org.code, org.name, org.district]", "error[join-ambiguous]"},
		{"a list longer than its columns", cd, ", over: error", "", "error[columns-range]"},
		{"columns that cut without saying so", cd, "over: error", "over: cut", "error[undeclared-loss]"},
		{"an expression that is none", cd, "computed: now()", "computed: now(", "error[expr]"},
		{"an unknown name in an expression", cd, "computed: now()", "computed: casNo", "error[expr]"},
		{"arithmetic on decimals", cd, "computed: now(), time: {loc: \"yyyy-MM-dd HH:mm:ss\"}", "computed: amount * 2", "error[expr]"},
		{"a rule that can never run", ca, "{nat: localCaseNo, loc: ajbh}", "{nat: localCaseNo, loc: ajbh, direction: to-local, why: x}", "error[direction]"},
		{"an include in a circle", "mappings/common/person.yaml", "rules:\n", "rules:\n  - use: common/person\n", "error[use-cycle]"},
		{"a constant outside the schema", cd, `{loc: sjly, const: "02"`, `{loc: wplx, const: "07"`, "error[const-violates]"},
		{"a default outside the schema", cd, "codes: delegation}", `codes: delegation, default: {loc: "07"}}`, "8: error[default-violates]"},
		{"a default that cannot be read back", "mappings/common/person.yaml", "loc: yyyyMMdd}", "loc: yyyyMMdd}, default: {loc: \"00000000\"}", "error[default-unreadable]"},
		{"a written none outside the schema", cd, "codes: delegation}", "codes: delegation, none: {loc: [\"无\"]}}", "8: error[none-violates]"},
		{"a code that is a spelling of none", cd, "codes: delegation}", "codes: delegation, none: {loc: [absent, \"01\"]}}", "error[none-collides]"},
		{"a default that is a spelling of none", cd, "{nat: tags, loc: bq}", "{nat: tags, loc: bq}\n  - {nat: remark, loc: czsj, default: {loc: \"-\"}, none: {loc: [absent, \"-\"]}}", "error[none-collides]"},
		{"climbing where it would write", cd, "- {nat: name, loc: mc}", "- {nat: name, loc: mc}\n      - {nat: ^.caseNo, loc: xx}", "error[no-such-path]"},
		{"a kind of id that is not known", ca, "xref: case", "xref: cases", "error[xref-unknown]"},
		{"a key that is nowhere", ca, "{nat: localCaseNo, loc: ajbh}", "{nat: localCaseNo, loc: ajbh, xref: agent}", "error[key-missing]"},
		{"the type's key is not written", ca, "  - {nat: caseNo, loc: ajbh, xref: case}\n", "", "error[subject-unmapped]"},
		{"a loss without reason", cd, ", lossy: to-local, why: 对方只存日期", ", lossy: to-local", "7: error[why-missing]"},
		{"a drop without reason", cd, "{nat: remark, drop: to-local, why: 对方无此字段}", "{nat: remark, drop: to-local}", "error[why-missing]"},
		{"a loss that cannot happen", cd, "{nat: caseNo, loc: wbbh}", "{nat: caseNo, loc: wbbh, lossy: to-national, why: x}", "6: warning[lossy-needless]"},
		{"the rest of the object", cd, "{nat: remark, drop: to-local, why: 对方无此字段}", `{nat: "*", drop: to-local, why: x}`, "warning[wide-drop]"},
		{"a local schema that is not there", ca, "local: accepted", "local: acepted", "2: warning[schema-missing]"},
		{"a bare scalar", cd, `const: "02"`, "const: 02", "warning[yaml-scalar]"},
		{"a file against its way", ca, "local: accepted\n", "local: accepted\ndirection: to-local\n", "3: warning[direction-type]"},
		{"a when that cannot be decided", cd, "{nat: tags, loc: bq}", "{nat: tags, loc: bq, when: remark == \"x\"}", "error[when-undecidable]"},
		{"an optional source for a required target", ca, ", default: {nat: UNKNOWN}", "", "warning[may-miss]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := readPack(t, c.file)
			if !strings.Contains(text, c.old) {
				t.Fatalf("%s has no %q", c.file, c.old)
			}
			src := testSource(t, edited(t, map[string]string{c.file: strings.Replace(text, c.old, c.new, 1)}))
			_, fs := CompilePack(src)
			if c.want == "" {
				return
			}
			line, code, ok := strings.Cut(c.want, ": ")
			if !ok {
				line, code = "", c.want
			}
			for _, f := range fs {
				if fmt.Sprintf("%s[%s]", f.Severity, f.Code) == code && (line == "" || fmt.Sprint(f.Line) == line) {
					return
				}
			}
			t.Errorf("want %s, found\n%s", c.want, findings(fs))
		})
	}
}
