package codec

import (
	"errors"
	"testing"
)

func TestDocumentTextIsWhatDecodeReads(t *testing.T) {
	gb, _ := EncodeText(`<?xml version="1.0" encoding="GBK"?><a>一些</a>`, "GBK", nil)
	for _, c := range []struct{ in, charset, want string }{
		{"\xef\xbb\xbf<a>文</a>", "GBK", "<a>文</a>"}, {string(gb), "", `<?xml version="1.0" encoding="GBK"?><a>一些</a>`},
		{`<?xml version="1.0" encoding="GBK"?><a>一些</a>`, "UTF-8", `<?xml version="1.0" encoding="GBK"?><a>一些</a>`},
	} {
		if got, err := DocumentText([]byte(c.in), Options{Format: "xml", Charset: c.charset}); err != nil || got != c.want {
			t.Errorf("%q: %q %v", c.in, got, err)
		}
	}
	for _, o := range []Options{{Format: "xml"}, {Format: "xml", Charset: "EBCDIC"}} {
		if _, err := DocumentText([]byte{'<', 0xff, 0xff}, o); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
