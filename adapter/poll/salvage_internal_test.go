package poll

import (
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/internal/codec"
)

func TestWhatNothingCanSaveIsUnreadable(t *testing.T) {
	for _, s := range []string{"", "{", "<html>[1,2]</html>", `{"list":[1,2`, `{"list":[1,}`, `]`, `{"a":"` + "\x01" + `"}`, `{"list":[{"a":1}}]`, `[,]`} {
		if got, err := salvage([]byte(s), adapter.Codec{Format: "json"}); err == nil {
			t.Errorf("%q was read as %s", s, codec.AppendJSON(nil, got.value))
		}
	}
	for _, format := range []string{"form", "csv", "text"} {
		if _, err := salvage([]byte("a=1"), adapter.Codec{Format: format}); err == nil {
			t.Errorf("%s was salvaged", format)
		}
	}
}

func TestMoreBrokenItemsThanOneCanPutAsideAreUnreadable(t *testing.T) {
	many := `{"list":[` + strings.Repeat(`{"a":},`, cutMost+1) + `1]}`
	if _, err := salvage([]byte(many), adapter.Codec{Format: "json"}); err == nil {
		t.Fatal("a page that is broken throughout was read")
	}
}

// FuzzSalvage: whatever stands between two good items, either nothing of the page
// is read or both of them are as they were, and nothing of the third is lost.
func FuzzSalvage(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":1,}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"a":1,"a":2}`, `[1,[2,}]`, `"`, `{"x":[{"y":tru}]}`, `]`, ``, "\"\x01\""} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, gbk bool) {
		c := adapter.Codec{Format: "json", Charset: "UTF-8"}
		if gbk {
			c.Charset = "GBK"
		}
		page := append(append([]byte(`{"list":[{"id":"first"},`), raw...), []byte(`,{"id":"last"}]}`)...)
		got, err := salvage(page, c)
		if err != nil {
			return
		}
		list, ok := got.value.Get("list")
		if !ok || list.Kind != codec.Array || len(list.Items) < 2 {
			return // what stands between closed the list itself
		}
		if first := string(codec.AppendJSON(nil, list.Items[0])); first != `{"id":"first"}` {
			t.Fatalf("the first item became %s", first)
		}
		for i := range list.Items {
			if one := &list.Items[i]; bad(one) {
				got.restore(string(codec.AppendJSON(nil, *one)), c.Charset)
			}
		}
	})
}
