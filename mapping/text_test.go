package mapping

import "testing"

func TestTextNormalForms(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		spec           textSpec
	}{
		{"both ends", "　 甲 乙\t", "甲 乙", textSpec{trimLeft: true, trimRight: true}},
		{"right end", " 甲 ", " 甲", textSpec{trimRight: true}},
		{"half width", "（Ａ１）　～", "(A1) ~", textSpec{half: widthAll}},
		{"full width", "(A1) ~", "（Ａ１）　～", textSpec{full: widthAll}},
		{"brackets only", "〔2026〕（a）Ａ", "(2026)(a)Ａ", textSpec{half: widthBrackets}},
		{"brackets full", "〔2026〕(a)A", "（2026）（a）A", textSpec{full: widthBrackets}},
		{"digits half, brackets full", "(１)", "（1）", textSpec{half: widthDigits, full: widthBrackets}},
		{"upper case is ASCII only", "xéｘ", "Xéｘ", textSpec{upper: true}},
		{"resident number", "110101900101123", "110101199001011237", textSpec{id18: true}},
		{"a number that is none", "11010190010112X", "11010190010112X", textSpec{id18: true}},
		{"nothing else is widened", "·〇é", "·〇é", textSpec{full: widthAll}},
	} {
		if got := c.spec.normal(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if again := c.spec.normal(c.spec.normal(c.in)); again != c.want {
			t.Errorf("%s: twice gives %q", c.name, again)
		}
	}
}
