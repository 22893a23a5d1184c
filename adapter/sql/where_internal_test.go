package sql

import (
	"reflect"
	"testing"
)

func TestWhereIsComparisonsAndNothingElse(t *testing.T) {
	for text, want := range map[string]condition{
		"DQZT = '0'":                            {{{"DQZT", "=", "0"}}},
		"DQZT='0' and BH<>'it''s' or N >= -1.5": {{{"DQZT", "=", "0"}, {"BH", "<>", "it's"}}, {{"N", ">=", "-1.5"}}},
		"a != 1 AND b<2 Or 状态 > '甲'":            {{{"a", "<>", "1"}, {"b", "<", "2"}}, {{"状态", ">", "甲"}}},
		`"order by" = ''`:                       {{{"order by", "=", ""}}},
		"A = 'x; DROP TABLE T; --'":             {{{"A", "=", "x; DROP TABLE T; --"}}},
	} {
		got, err := parseWhere(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for text, at := range map[string]int{
		"": 0, "DQZT": 4, "DQZT =": 6, "DQZT = 0x": 8, "DQZT = '0": 7, "DQZT = '0' xor A = 1": 11, "DQZT = '0';": 10, "DQZT = '0' -- x": 11,
		"(A = 1)": 0, "A = B": 4, "A = 1 or": 8, "A is null": 2, "A = upper('x')": 4, "A in ('1')": 2, "A like 'x'": 2, `"A = 1`: 0, "A = 01": 4, "A = '1' and and B = 1": 16,
	} {
		if got, err := parseWhere(text); err == nil || err.at != at {
			t.Errorf("%q: %v, %+v, want an error at %d", text, got, err, at)
		}
	}
}

func FuzzWhere(f *testing.F) {
	for _, s := range []string{"A = '1'", "a<>1 or b='2' and c>=3", `"x y" = '''`, "A = ';--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseWhere(s)
		if err != nil {
			if err.at < 0 || err.at > len(s) {
				t.Fatalf("an error at %d of %d", err.at, len(s))
			}
			return
		}
		if len(c) == 0 || len(c.columns()) == 0 {
			t.Fatal("a condition without terms")
		}
	})
}
