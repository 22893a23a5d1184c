package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
	"duijie/adapter/poll"
)

// row is one line of a local system's list.
type row struct {
	ID, At, Text string
	Raw          string // in the place of all others: what is written, JSON or not
}

func (r row) json() string {
	if r.Raw != "" {
		return r.Raw
	}
	b, _ := json.Marshal(map[string]string{"id": r.ID, "gxsj": r.At, "xm": r.Text})
	return string(b)
}

// list is a local system that has a list, newest first, in pages.
type list struct {
	*httptest.Server
	size int

	mu    sync.Mutex // guards what follows
	rows  []row
	asked []*http.Request
	// before is called ahead of each request, with its page, to play what happens meanwhile.
	before func(l *list, page int)
	fault  func(page int) (status int, body string)
	answer func(rows []row) string
}

func newList(t testing.TB, size int, rows ...row) *list {
	l := &list{size: size, rows: rows}
	l.Server = httptest.NewServer(http.HandlerFunc(l.serve))
	t.Cleanup(l.Close)
	return l
}

func (l *list) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if l.before != nil {
		l.before(l, page)
	}
	l.asked = append(l.asked, r)
	if l.fault != nil {
		if status, body := l.fault(page); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
			return
		}
	}
	var rows []row
	for _, one := range l.rows {
		if since := r.URL.Query().Get("since"); since == "" || one.At >= since {
			rows = append(rows, one)
		}
	}
	from := min(max(page-1, 0)*l.size, len(rows))
	rows = rows[from:min(from+l.size, len(rows))]
	if l.answer != nil {
		fmt.Fprint(w, l.answer(rows))
		return
	}
	texts := make([]string, len(rows))
	for i, one := range rows {
		texts[i] = one.json()
	}
	fmt.Fprintf(w, `{"code":"0","list":[%s]}`, strings.Join(texts, ","))
}

// add puts rows on top; do changes the list under its lock.
func (l *list) add(rows ...row) {
	l.do(func() { l.rows = append(append([]row(nil), rows...), l.rows...) })
}

func (l *list) do(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// requests are the pages asked for, in order.
func (l *list) requests() (pages []string) {
	l.do(func() {
		for _, r := range l.asked {
			pages = append(pages, r.URL.Query().Get("page"))
		}
	})
	return pages
}

// memory keeps an adapter's words as the store would.
type memory struct {
	mu    sync.Mutex
	words map[string]string
	fail  error
}

func (m *memory) Get(key string) (string, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.words[key]
	return v, ok
}

func (m *memory) Put(_ context.Context, key, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		return m.fail
	}
	if m.words == nil {
		m.words = map[string]string{}
	}
	m.words[key] = value
	return nil
}

func (m *memory) Next(context.Context, string) (uint64, error) { return 1, nil }

// cursor is the value of the one word that is a cursor.
func (m *memory) cursor() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, v := range m.words {
		if strings.Contains(k, "/cursor/") {
			return v
		}
	}
	return ""
}

// lines builds n rows, the newest first, with times a minute apart that end at now.
func lines(n int) []row {
	var rows []row
	for i := n; i > 0; i-- {
		rows = append(rows, row{ID: fmt.Sprintf("S%04d", i), At: stamp(-time.Duration(n-i) * time.Minute), Text: "张三"})
	}
	return rows
}

func stamp(d time.Duration) string {
	return time.Now().Add(d - time.Hour).In(time.FixedZone("", 8*3600)).Format("2006-01-02 15:04:05")
}

const paged = `
kind: poll
request: {path: /list, query: {page: "{page}"}}
pages: {from: 1, items: body.list, until: known}
each: {type: case.progress, dedupe: string(item.id) + "|" + item.gxsj, time: item.gxsj}
every: 20ms
`

const since = `
kind: poll
request: {path: /list, query: {page: "{page}", since: "{cursor}"}}
pages: {from: 1, items: body.list, until: empty}
each: {type: case.progress, dedupe: string(item.id) + "|" + item.gxsj}
cursor: {from: item.gxsj, overlap: 10m}
every: 20ms
`

// open makes a source of a list.
func open(t testing.TB, l *list, text string, m adapter.Memory, change func(*adapter.Settings)) *poll.Source {
	t.Helper()
	s := config(t, text+"settings: {url: '"+l.URL+"'}\n", "{}")
	s.Timeout = 5 * time.Second
	if change != nil {
		change(&s)
	}
	k, err := poll.New(s, adapter.Deps{Unit: "130000", Memory: m, Secret: func(string) (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// run moves a source until the test's end, or until stop.
func run(t testing.TB, k *poll.Source, in adapter.Intake) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx, in) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			k.Close()
		})
	}
	t.Cleanup(stop)
	return stop
}

// until waits for a state, with a limit.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within 10 s: %s", what)
}

// walked waits until n more requests for the first page have begun: the walks before are over.
func walked(t testing.TB, l *list, n int) {
	t.Helper()
	count := func() (k int) {
		for _, p := range l.requests() {
			if p == "1" || p == "" {
				k++
			}
		}
		return k
	}
	now := count()
	until(t, "walks", func() bool { return count() >= now+n })
}

// ids are what was accepted, without its times.
func ids(in *adaptertest.Intake) map[string]int {
	out := map[string]int{}
	for _, m := range in.Taken() {
		id, _, _ := strings.Cut(m.ID, "|")
		out[id]++
	}
	return out
}
