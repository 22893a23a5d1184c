package sim

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// l4 is the invented system of the reference pack 130000: forms in GBK with an
// MD5 signature, text answers, and a list of records that the gateway polls. Its
// wire is described in that pack's README. It never calls anybody, so what it has
// listed counts as said: none of it may get lost from then on.
type l4 struct {
	*host
	opts   LocalOptions
	faults *unruly // of what it is brought
	lister *unruly // of the list
	book   *Book
	ledger *Ledger
	clerks *clerks
	ending func(string) Facts
	run    string // of this start: numbers differ from those of the last

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → 案件编号 (ajbh)
	rows    []json.RawMessage // the oldest first
	last    int               // of the running number of cases
	asked   int               // requests for the list so far
}

func startL4(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	ending, err := endings()
	if err != nil {
		return nil, err
	}
	l := &l4{opts: o, faults: newUnruly(fault, o.Seed), lister: newUnruly(listFault(fault), o.Seed), book: NewBook(), ledger: NewLedger(), ending: ending,
		run: time.Now().In(zone).Format("060102150405"), numbers: map[string]string{}}
	if o.Hold > 0 {
		l.faults.hold, l.lister.hold = o.Hold, o.Hold
	}
	l.clerks = newClerks(o)
	l.clerks.deliver = l.list
	mux := http.NewServeMux()
	mux.HandleFunc("POST /tjzc/ajjs.do", l.receive("case.delegated"))
	mux.HandleFunc("POST /tjzc/ajch.do", l.receive("case.withdrawn"))
	mux.HandleFunc("GET /tjzc/list.do", l.page)
	if l.host, err = serve(o.Listen, mux); err != nil {
		return nil, err
	}
	return l, nil
}

// listFault is what of a fault has a meaning for a list: nothing in it is refused,
// and it is asked for so often that half the rate will do.
func listFault(f Fault) Fault {
	f.acts = slices.DeleteFunc(slices.Clone(f.acts), func(a act) bool {
		return slices.Contains([]act{refuseRetry, refuseForGood, refuseBusiness, sayTwice}, a)
	})
	f.rate /= 2
	return f
}

func (l *l4) Kind() string           { return "L4" }
func (l *l4) Unit() string           { return l.opts.Unit }
func (l *l4) Book() *Book            { return l.book }
func (l *l4) Ledger() *Ledger        { return l.ledger }
func (l *l4) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l4) Connect(gateway string) { l.clerks.connect(gateway) }
func (l *l4) URL() string            { return l.host.URL() + "/tjzc" }

// Affairs: the system knows nothing but delegated cases.
func (l *l4) Affairs() {}

// Takes tells what a gateway may bring.
func (l *l4) Takes(typ string) bool { return typ == "case.delegated" || typ == "case.withdrawn" }

// Docking is its address, and the key that the gateway signs with.
func (l *l4) Docking() Docking {
	return Docking{Settings: map[string]any{"url": l.URL()}, Secrets: map[string]string{"sign": l.opts.Key}}
}

func (l *l4) Close() error {
	err := l.host.Close()
	l.clerks.close()
	return err
}

// l4Says is an answer of the system: text in GBK, HTTP 200 whatever it means.
func l4Says(text string) reply {
	b, _ := simplifiedchinese.GBK.NewEncoder().String(text) // our own words, all in GBK
	return reply{200, "text/plain;charset=GBK", []byte(b)}
}

var l4Words = words{
	again:        l4Says("err|101|系统繁忙，请稍后重试"),
	never:        l4Says("err|201|申请人王小明（虚构）资料不完整"),
	business:     l4Says("err|102|王小明（虚构）的案件已被锁定"),
	unauthorised: reply{401, "text/plain;charset=GBK", []byte("err|401|sign")},
}

// l4Sign is the signature over values as they stand on the wire, in GBK.
func l4Sign(key string, values ...string) string {
	sum := md5.Sum([]byte(strings.Join(values, "") + key))
	return hex.EncodeToString(sum[:])
}

// receive takes a form of that type.
func (l *l4) receive(typ string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(w, r)
		if err != nil {
			reply{413, "text/plain", []byte("too large")}.write(w)
			return
		}
		form, err := url.ParseQuery(string(body)) // leaves the bytes behind the percent signs as they are
		if err != nil {
			l4Says("err|203|报文无法解析").write(w)
			return
		}
		if form.Get("sign") != l4Sign(l.opts.Key, form.Get("wbbh"), form.Get("ajmc"), form.Get("sqr1_xm")) {
			l4Words.unauthorised.write(w)
			return
		}
		key := form.Get("lsh")
		if key == "" || form.Get("wbbh") == "" {
			l4Says("err|202|缺少 lsh 或 wbbh").write(w)
			return
		}
		l.faults.answer(w, r, key, l4Words, func() reply { return l.take(key, typ, form, body) })
	}
}

// take enters a message and starts the work that it asks for.
func (l *l4) take(key, typ string, form url.Values, body []byte) reply {
	caseNo := form.Get("wbbh")
	l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
	defer l.clerks.busy.Add(-1)
	number := l.number(caseNo)
	if l.book.Take(Taken{Key: key, Unit: l.opts.Unit, Type: typ, Subject: caseNo, At: time.Now(), Document: body}) {
		switch typ {
		case "case.delegated":
			facts, _ := simplifiedchinese.GBK.NewDecoder().String(form.Get("ssly"))
			pen := &l4Pen{docket: docket{caseNo: caseNo, number: number, ending: l.ending(facts)}, prefix: number + "-" + l.run, now: time.Now().In(zone)}
			l4Script(pen)
			l.clerks.work(caseNo, pen.out)
		case "case.withdrawn":
			l.clerks.withdraw(caseNo)
		}
	}
	return l4Says("ok|" + number)
}

// number is the local number of a case, given at its first message.
func (l *l4) number(caseNo string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("HB%s%05d", time.Now().In(zone).Format("20060102"), l.last)
	}
	return l.numbers[caseNo]
}

// list enters a record.
func (l *l4) list(_ context.Context, _ string, sent Sent, s saying) error {
	l.ledger.Try(sent)
	l.mu.Lock()
	l.rows = append(l.rows, s.body)
	l.mu.Unlock()
	l.ledger.Accept(sent.Key, "", time.Now())
	return nil
}

// pageSize is the most rows of one page.
const pageSize = 50

// page answers with a page of the list, the newest record first.
func (l *l4) page(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("page")
	if r.URL.Query().Get("sign") != l4Sign(l.opts.Key, text) {
		l4Words.unauthorised.write(w)
		return
	}
	page, err := strconv.Atoi(text)
	if err != nil || page < 1 {
		l4Says("err|204|page").write(w)
		return
	}
	l.mu.Lock()
	l.asked++
	key := fmt.Sprintf("list %d", l.asked)
	l.mu.Unlock()
	l.lister.answer(w, r, key, l4Words, func() reply { return l.rowsOf(page) })
}

func (l *l4) rowsOf(page int) reply {
	l.mu.Lock()
	all := slices.Clone(l.rows)
	l.mu.Unlock()
	slices.Reverse(all)
	from := min((page-1)*pageSize, len(all))
	rows := append([]json.RawMessage{}, all[from:min(from+pageSize, len(all))]...)
	doc, err := json.Marshal(object{"page": page, "rows": rows})
	if err != nil {
		return reply{500, "text/plain", nil}
	}
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes(doc)
	if err != nil {
		return reply{500, "text/plain", nil}
	}
	return reply{200, "application/json;charset=GBK", b}
}
