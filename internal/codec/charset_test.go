package codec

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

// The digests of what Python 3.11 encodes, one "CODEPOINT bytes" line a code
// point that it takes, made by pythonTable below.
const (
	pythonGBK     = "96315a89433cd0ce430832dff21e3833a56cb521e97b5f81460c0814e2724fa6"
	pythonGB18030 = "6cb01ac2fb7a19ee88765ca4e61f4c9b7d1a1f5ddcf653d0c3711ccdeeb2894f"
)

// table is the same of ours.
func table(c Charset, last rune, skip func(r rune) bool) string {
	var b strings.Builder
	for r := rune(0); r <= last; r++ {
		if utf8.ValidRune(r) && c.Holds(r) && !skip(r) {
			fmt.Fprintf(&b, "%04X %x\n", r, c.appendRune(nil, r))
		}
	}
	return b.String()
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// isMoved names the private-use twins, which we refuse and Python writes.
func isMoved(r rune) bool {
	for _, m := range moved {
		for _, z := range privateZones {
			if z.code <= m.code && m.code <= z.last && m.code>>8 == z.code>>8 && rune(z.first)+rune(m.code-z.code) == r {
				return true
			}
		}
	}
	return false
}

func pythonTable(t *testing.T, codec string, last rune) string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is needed: its tables are the ones compared with")
		}
		t.Skip("no python3 here; the digest was compared")
	}
	script := fmt.Sprintf(`
for cp in range(%d):
    if 0xd800 <= cp < 0xe000: continue
    try: print('%%04X %%s' %% (cp, chr(cp).encode('%s').hex()))
    except UnicodeEncodeError: pass`, last+1, codec)
	out, err := exec.Command(python, "-c", script).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestGBKIsExactlyWhatPythonEncodes(t *testing.T) {
	ours := table(GBK, utf8.MaxRune, func(rune) bool { return false })
	if d := digest(ours); d != pythonGBK {
		t.Errorf("digest of the GBK table = %s", d)
	}
	if n := strings.Count(ours, "\n"); n != 21919 {
		t.Errorf("%d characters, want 21919", n)
	}
	compareLines(t, ours, pythonTable(t, "gbk", utf8.MaxRune))
}

func TestGB18030WritesWhatPythonWrites(t *testing.T) {
	const lastRune = 0x10fff // beyond the BMP codes are counted, so a few suffice
	ours := table(GB18030, lastRune, isMoved)
	if d := digest(ours); d != pythonGB18030 {
		t.Errorf("digest of the GB18030 table = %s", d)
	}
	var want strings.Builder
	lines := bufio.NewScanner(strings.NewReader(pythonTable(t, "gb18030", lastRune)))
	for lines.Scan() {
		var r rune
		fmt.Sscanf(lines.Text(), "%X", &r)
		if !isMoved(r) {
			want.WriteString(lines.Text() + "\n")
		}
	}
	compareLines(t, ours, want.String())
}

func compareLines(t *testing.T, got, want string) {
	t.Helper()
	if got == want {
		return
	}
	in := map[string]bool{}
	for _, l := range strings.Split(want, "\n") {
		in[l] = true
	}
	bad := 0
	for _, l := range strings.Split(got, "\n") {
		if !in[l] && bad < 10 {
			t.Errorf("ours, not Python's: %s", l)
			bad++
		}
	}
	t.Errorf("tables differ: %d bytes, want %d", len(got), len(want))
}

func TestEveryCharacterThatIsWrittenReadsBack(t *testing.T) {
	for _, c := range []Charset{UTF8, GBK, GB18030} {
		for r := rune(0); r <= utf8.MaxRune; r++ {
			if !c.Holds(r) || r > 0x30000 && r%251 != 0 {
				continue
			}
			b := c.appendRune(nil, r)
			if got, err := c.read(b, nil); err != nil || got != string(r) {
				t.Fatalf("%s: U+%04X was written %x and read back %q, %v", c, r, b, got, err)
			}
		}
	}
}

func TestReadingTakesWhatOtherEditionsWrote(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"the euro sign as byte 80", "\x80", "€"},
		{"the euro sign as GB18030 has it", "\xa2\xe3", "€"},
		{"FE59, edition 2022", "\xfe\x59", "\u9fb4"},
		{"U+9FB4 in four bytes, edition 2005", "\x82\x35\x90\x37", "\u9fb4"},
		{"A8BC, edition 2005", "\xa8\xbc", "ḿ"},
		{"vertical comma, edition 2022", "\xa6\xd9", "\ufe10"},
		{"FE9F, which GBK does not have", "\xfe\x9f", "䶮"},
		{"an astral character", "\x99\x33\xa9\x32", "𬭎"},
		{"private use", "\xaa\xa1\xfe\x51", "\ue000\ue816"},
		{"middle dot and ideographic zero", "\xa1\xa4\xa9\x96", "·〇"},
		{"full-width brackets", "\xa3\xa8\xa3\xa9", "（）"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, err := Text([]byte(row.in), "GBK"); err != nil || got != row.want {
				t.Errorf("Text(%x) = %+q, %v; want %+q", row.in, got, err, row.want)
			}
		})
	}
}

func TestCharacterThatGBKCannotHoldIsAnErrorOrItsSubstitute(t *testing.T) {
	for _, r := range "€䶮㐂𬭎ǹ" {
		_, err := EncodeText("张"+string(r), "GBK", nil)
		var bad *CharsetError
		if !errors.As(err, &bad) || bad.Rune != r {
			t.Fatalf("U+%04X: %v", r, err)
		}
		if want := fmt.Sprintf("GBK cannot hold U+%04X", r); err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		got, err := EncodeText("张"+string(r)+"三", "GBK", map[rune]string{r: "(·)"})
		if err != nil || string(got) != "\xd5\xc5(\xa1\xa4)\xc8\xfd" {
			t.Errorf("substitute for U+%04X: %x, %v", r, got, err)
		}
	}
	if _, err := EncodeText("䶮", "GBK", map[rune]string{'䶮': "㐂"}); err == nil {
		t.Error("a substitute that GBK cannot hold either was taken")
	}
	if got, err := EncodeText("·〇（）", "GBK", nil); err != nil || string(got) != "\xa1\xa4\xa9\x96\xa3\xa8\xa3\xa9" {
		t.Errorf("%x, %v", got, err)
	}
}

func TestInvalidBytesAreACharsetErrorWithTheirPlace(t *testing.T) {
	for _, row := range []struct {
		charset, in string
		at          int
	}{
		{"GBK", "ab\xff", 2}, {"GBK", "\xc4\xe3\xc4", 2}, {"GBK", "\xc4\x20", 0}, {"GBK", "\x81\x30\x81", 0},
		{"GB18030", "\x84\x31\xa4\x39\xe4\x30\x81\x30", 4}, {"GBK", "\x85\x30\x81\x30", 0},
		{"UTF-8", "a\xc0\x80", 1}, {"UTF-8", "a\xed\xa0\x80", 1}, {"UTF-8", "中\xe4\xb8", 3},
	} {
		_, err := Text([]byte(row.in), row.charset)
		var bad *Error
		if !errors.As(err, &bad) || bad.Code != CodeCharset || bad.Offset != row.at || !errors.Is(err, ErrUnreadable) {
			t.Errorf("%s %x: %v, want a charset error at %d", row.charset, row.in, err, row.at)
		}
	}
}

func TestHalfACharacterAtAValuesEndIsTrimmedWhereDeclared(t *testing.T) {
	for _, row := range []struct{ name, format, charset, in, want string }{
		{"a column", "text", "GBK", "\xd5\xc5\xc8", "张"},
		{"a padded column keeps its blanks", "text", "GBK", "\xd5\xc5\xc8  ", "张  "},
		{"JSON", "json", "GBK", "[\"\xd5\xc5\xc8\"]", `["张"]`},
		{"an element", "xml", "GBK", "<a>\xd5\xc5\xc8</a>", `{"a":"张"}`},
		{"an attribute", "xml", "GBK", "<a b='\xd5\xc5\xc8'/>", `{"a":{"@b":"张"}}`},
		{"CDATA", "xml", "GBK", "<a><![CDATA[\xd5\xc5\xc8]]></a>", `{"a":"张"}`},
		{"CDATA whose last character ends in a bracket", "xml", "GBK", "<a><![CDATA[\xc4\x5d]]></a>", `{"a":"腯"}`},
		{"a cell", "csv", "GBK", "a,b\r\n\xd5\xc5\xc8,\xd5", `{"rows":[{"a":"张","b":""}]}`},
		{"a form value", "form", "GBK", "a=%D5%C5%C8&b=1", `{"a":"张","b":"1"}`},
		{"three bytes of four", "text", "GB18030", "a\x99\x30\x83", "a"},
		{"UTF-8", "json", "UTF-8", "[\"\xe5\xbc\xa0\xe4\xb8\"]", `["张"]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := Options{Format: row.format, Charset: row.charset, Cut: "trim"}
			v, err := Decode([]byte(row.in), o)
			got := v.Text
			if row.format != "text" {
				got = string(AppendJSON(nil, v))
			}
			if err != nil || got != row.want {
				t.Errorf("got %s, %v; want %s", got, err, row.want)
			}
			o.Cut = ""
			if v, err := Decode([]byte(row.in), o); err == nil && bytes.Contains(AppendJSON(nil, v), []byte("张")) {
				t.Errorf("without trim it was read")
			}
		})
	}
	for _, in := range []string{"[\"\xc8 x\"]", "[\"\xc8, \"]"} {
		if _, err := Decode([]byte(in), Options{Format: "json", Charset: "GBK", Cut: "trim"}); err == nil {
			t.Errorf("%q: half a character inside a value was dropped", in)
		}
	}
}
