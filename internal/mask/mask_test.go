package mask

import "testing"

func TestWhatTheMessageHidesIsHiddenInText(t *testing.T) {
	payload := []byte(`{"parties":[{"name":"欧阳张三","short":"张三","addr":{"detail":"人民路5号"}},{"name":"王"}],"caseNo":"C-77"}`)
	masked := []byte(`{"parties":[{"name":"欧***","short":"张*","addr":{"detail":"***"}},{"name":"*"}],"caseNo":"C-77"}`)
	for text, want := range map[string]string{
		"":                "",
		"E205 当事人欧阳张三不存在": "E205 当事人****不存在",
		"张三，住人民路5号，案号 C-77":                  "**，住*****，案号 C-77",
		"电话13800001111，证件11010119900307123X": "电话***********，证件******************",
		"编号 12345 有误":                        "编号 12345 有误",
	} {
		if got := Text(text, payload, masked); got != want {
			t.Errorf("Text(%q)\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestWithoutTheMessageOnlyAsciiStays(t *testing.T) {
	for _, payload := range []string{"", "<xml/>"} {
		if got := Text("err|E77|张三重复 tel 13800001111", []byte(payload), nil); got != "err|E77|**** tel ***********" {
			t.Errorf("got %q", got)
		}
	}
}
