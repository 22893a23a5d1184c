package poll_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/internal/problem"
)

// refusing refuses one item as a unit that is not docked for its case would.
type refusing struct {
	adaptertest.Intake
	mu  sync.Mutex
	id  string
	why []string // troubles told
}

func (r *refusing) set(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.id = id
}

func (r *refusing) Accept(ctx context.Context, in adapter.Incoming) (adapter.Accepted, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.id != "" && strings.HasPrefix(in.ID, r.id) {
		return adapter.Accepted{}, &problem.Problem{Code: "unit-resident"}
	}
	return r.Intake.Accept(ctx, in)
}

func (r *refusing) Trouble(cause string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.why = append(r.why, cause)
}

func (r *refusing) troubles() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Join(r.why, " ")
}

// taken is one source's first message, and its list's body as given.
func taken(t *testing.T, text, body string, n int, change func(*adapter.Settings)) []adapter.Incoming {
	t.Helper()
	l, in := newList(t, 10), &adaptertest.Intake{}
	l.answer = func([]row) string { return body }
	run(t, open(t, l, text, &memory{}, change), in)
	until(t, fmt.Sprint(n, " items"), func() bool { return len(in.Taken()) >= n })
	walked(t, l, 2)
	if got := in.Taken(); len(got) != n {
		t.Fatalf("%d items, want %d, again and again the same", len(got), n)
	}
	return in.Taken()
}

const single = `
kind: poll
request: {path: /list}
pages: {items: body.list}
each: {type: {from: item.lx, values: {"1": case.progress, "2": case.closed}}, dedupe: item.id, volatile: [ts], lane: item.bh, reissue: hold}
every: 20ms
`

func TestItemsKeepWhatTheLocalSystemWrote(t *testing.T) {
	got := taken(t, single, `{"list":[{"lx":1,"id":12345678901234567890,"je":1.50,"bh":"N-1","ts":"x","b":{"z":1,"a":[null,true]}},{"lx":"2","id":"b"}]}`, 2, nil)
	if string(got[0].Document) != `{"lx":1,"id":12345678901234567890,"je":1.50,"bh":"N-1","ts":"x","b":{"z":1,"a":[null,true]}}` || got[0].ID != "12345678901234567890" ||
		got[0].Type != "case.progress" || got[0].Lane != "N-1" || !got[0].ReissueHold || strings.Contains(string(got[0].Content), "ts") || got[1].Type != "case.closed" {
		t.Fatalf("%+v %s", got[0], got[0].Document)
	}
}

// UnreadableRowDoesNotDeafen, of a list's items.
func TestOneBadItemStopsNothing(t *testing.T) {
	gbk := func(s *adapter.Settings) { s.Codec.Charset = "GBK" }
	for name, c := range map[string]struct {
		bad    string
		change func(*adapter.Settings)
		raw    string // what of it is kept; empty: all
	}{
		"a type that is not listed":       {bad: `{"lx":"9","id":"x"}`},
		"no object":                       {bad: `"what"`},
		"a list":                          {bad: `[1,2]`},
		"null":                            {bad: `null`},
		"dedupe is a list":                {bad: `{"lx":"1","id":["x"]}`},
		"bytes that are no UTF-8":         {bad: "{\"lx\":\"1\",\"id\":\"x\",\"xm\":\"\xd5\xc5\xff\"}"},
		"half a GBK character":            {bad: "{\"lx\":\"1\",\"id\":\"x\",\"xm\":\"\xd5\xc5\xc8\"}", change: gbk},
		"a control character":             {bad: "{\"lx\":\"1\",\"id\":\"x\",\"xm\":\"a\x01b\"}"},
		"a lone surrogate":                {bad: `{"lx":"1","id":"x","xm":"\ud800"}`},
		"a member twice":                  {bad: `{"lx":"1","id":"x","id":"y"}`},
		"a comma too many":                {bad: `{"lx":"1","id":"x","l":[1,]}`},
		"a bracket in a text":             {bad: `{"lx":"1","id":"x","xm":"}]\"{[","l":tru}`},
		"broken deep inside":              {bad: `{"lx":"1","id":"x","l":[{"a":1},{"a":bad},{"a":2}]}`},
		"a broken one below a good child": {bad: `{"lx":"1","l":[{"a":1}],"id":01}`},
	} {
		t.Run(name, func(t *testing.T) {
			body := `{"code":"0","list":[{"lx":"1","id":"a"},` + c.bad + `,{"lx":"2","id":"b"}]}`
			got := taken(t, single, body, 3, c.change)
			if got[0].ID != "a" || got[2].ID != "b" || got[0].Unreadable || got[2].Unreadable {
				t.Fatalf("%+v", got)
			}
			if !got[1].Unreadable || string(got[1].Document) != c.bad {
				t.Fatalf("unreadable %v, kept %q, want %q", got[1].Unreadable, got[1].Document, c.bad)
			}
		})
	}
}

func TestTwoBrokenItemsAreTwo(t *testing.T) {
	got := taken(t, single, `{"list":[{"lx":"1","id":"a",},{"lx":"1","id":"b",},{"lx":"1","id":"c"}]}`, 3, nil)
	if string(got[0].Document) != `{"lx":"1","id":"a",}` || string(got[1].Document) != `{"lx":"1","id":"b",}` || got[2].ID != "c" {
		t.Fatalf("%q %q %q", got[0].Document, got[1].Document, got[2].Document)
	}
}

func TestListsOfOtherCodecs(t *testing.T) {
	codec := func(format, charset string) func(*adapter.Settings) {
		return func(s *adapter.Settings) { s.Codec = adapter.Codec{Format: format, Charset: charset} }
	}
	items := func(expression string) string { return strings.Replace(single, "body.list", expression, 1) }
	for name, c := range map[string]struct {
		text, body string
		codec      func(*adapter.Settings)
		want       []string
		broken     bool // the second is unreadable
	}{
		"XML, many": {items("body.r.l.case"), "<r><l><case a=\"1\"><lx>1</lx><id>a</id></case><case><lx>1</lx><id>\xd6\xd0</id></case></l></r>", codec("xml", "GBK"),
			[]string{"<?xml version=\"1.0\" encoding=\"GBK\"?><case a=\"1\"><lx>1</lx><id>a</id></case>", "<?xml version=\"1.0\" encoding=\"GBK\"?><case><lx>1</lx><id>\xd6\xd0</id></case>"}, false},
		"XML, one":  {items("body.r.l.case"), "<r><l><case><lx>1</lx><id>a</id></case></l></r>", codec("xml", "UTF-8"), []string{"<?xml version=\"1.0\" encoding=\"UTF-8\"?><case><lx>1</lx><id>a</id></case>"}, false},
		"XML, none": {items("body.r.l.case"), "<r><l/></r>", codec("xml", "UTF-8"), nil, false},
		"XML, a broken one": {items("body.r.l.case"), "<?xml version=\"1.0\" encoding=\"GBK\"?><r><l><case><lx>1</lx><id>a</id></case><case><lx>1</lx><id>b\xff\x01</id></case></l></r>", codec("xml", "GBK"),
			[]string{"<?xml version=\"1.0\" encoding=\"GBK\"?><case><lx>1</lx><id>a</id></case>", "<case><lx>1</lx><id>b\xff\x01</id></case>"}, true},
		"CSV":            {items("body.rows"), "lx,id\n1,a\n1,b\n", codec("csv", "UTF-8"), []string{"lx,id\n1,a\n", "lx,id\n1,b\n"}, false},
		"forms in lines": {items(`'filter(split(text, "\n"), # != "")'`), "lx=1&id=a\nlx=1&id=%D6%D0\n", codec("form", "GBK"), []string{"lx=1&id=a", "lx=1&id=%D6%D0"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := taken(t, c.text, c.body, len(c.want), c.codec)
			for i, want := range c.want {
				document := strings.ReplaceAll(string(got[i].Document), "\r\n", "\n")
				if document != want || got[i].Unreadable != (c.broken && i == 1) || got[i].ID == "" {
					t.Errorf("%q %v %q, want %q", document, got[i].Unreadable, got[i].ID, want)
				}
			}
		})
	}
}

func TestWhatIsNoListIsTheUnitsTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		cause  string
	}{
		"a login page": {200, "<html>请登录</html>", "unreadable"}, "no list there": {200, `{"list":"no"}`, "unreadable"}, "401": {401, "", "status-401"}, "404": {404, "", "status-404"},
		"500": {500, "", "status"}, "too large": {200, `{"list":[` + strings.Repeat(" ", 2<<20) + `]}`, "unreadable"}, "elsewhere": {302, "", "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			l, in := newList(t, 10, lines(1)...), &refusing{}
			l.fault = func(int) (int, string) { return c.status, c.body }
			run(t, open(t, l, paged, &memory{}, nil), in)
			until(t, "the cause", func() bool { return strings.Contains(in.troubles(), c.cause) })
			if len(in.Taken()) != 0 {
				t.Fatal("something was taken")
			}
			l.do(func() { l.fault = nil })
			until(t, "the item", func() bool { return len(in.Taken()) == 1 })
			until(t, "the end of it", func() bool { return strings.HasSuffix(in.troubles(), " ") || in.troubles() == "" })
		})
	}
}

func TestRequests(t *testing.T) {
	text := `
kind: poll
auth: {kind: sign, algorithm: md5, key: secret:sign, string: "{params}&key={key}", put: {query: {ts: "{ts}", sign: "{sign}"}}}
request: {method: POST, path: "/list/{unit}?a=1", query: {day: "{now:yyyyMMdd}"}, headers: {X-Secret: "secret:x"}, body: '{"page":{page},"since":"{cursor}"}'}
pages: {from: 0, step: 50, items: body.list, until: empty}
each: {type: case.progress, dedupe: item.id}
cursor: {from: item.n, overlap: 5, start: "7\"8"}
every: 20ms
`
	l, in := newList(t, 10), &adaptertest.Intake{}
	var got []string
	l.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body [200]byte
		n, _ := r.Body.Read(body[:])
		l.do(func() {
			got = append(got, fmt.Sprintf("%s %s %s %s %s %v", r.Method, r.URL.Path, r.URL.Query().Get("a"), r.Header.Get("X-Secret"), body[:n], r.URL.Query().Get("sign") != ""))
			if len(got) == 1 {
				fmt.Fprint(w, `{"list":[{"id":"a","n":100}]}`)
			} else {
				fmt.Fprint(w, `{"list":[]}`)
			}
		})
	})
	run(t, open(t, l, text, &memory{}, nil), in)
	until(t, "four requests", func() bool {
		return len(in.Taken()) == 1 && func() (n int) { l.do(func() { n = len(got) }); return n }() >= 4
	})
	l.do(func() {
		if got[0] != `POST /list/130000 1 k {"page":0,"since":"7\"8"} true` || got[1] != `POST /list/130000 1 k {"page":50,"since":"7\"8"} true` || got[3] != `POST /list/130000 1 k {"page":0,"since":"95"} true` {
			t.Fatalf("%q", got[:4])
		}
	})
}
