package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// l1 is the invented system of the reference pack 510000: REST, JSON, pinyin
// names, one signature both ways. Its wire is described in that pack's README.
type l1 struct {
	*host
	opts   LocalOptions
	sign   l1Signature
	faults *unruly
	book   *Book
	ledger *Ledger
	clerks *clerks
	ending func(string) Facts

	templates map[string]any
	run       string // of this start: serial numbers differ from those of the last

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → ajbh
	dockets map[string]docket // by caseNo
	last    int               // of the running number
}

func startL1(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	ending, err := endings()
	if err != nil {
		return nil, err
	}
	templates, err := l1Templates()
	if err != nil {
		return nil, err
	}
	l := &l1{templates: templates, run: time.Now().In(zone).Format("060102150405"), opts: o, sign: newL1Signature(o.Key), faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger(),
		ending: ending, numbers: map[string]string{}, dockets: map[string]docket{}}
	if o.Hold > 0 {
		l.faults.hold = o.Hold
	}
	l.clerks = newClerks(o)
	l.clerks.twice = l.faults.twice()
	l.clerks.pushing(newPusher(l.ledger), l.request, l1Read)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/case/add", l.receive(func(*http.Request) string { return "case.delegated" }))
	mux.HandleFunc("POST /api/case/withdraw", l.receive(func(*http.Request) string { return "case.withdrawn" }))
	mux.HandleFunc("POST /api/msg/{type}", l.receive(func(r *http.Request) string { return r.PathValue("type") }))
	mux.HandleFunc("GET /api/case/query", l.query)
	if l.host, err = serve(o.Listen, mux); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *l1) Kind() string           { return "L1" }
func (l *l1) Unit() string           { return l.opts.Unit }
func (l *l1) Book() *Book            { return l.book }
func (l *l1) Ledger() *Ledger        { return l.ledger }
func (l *l1) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l1) Connect(gateway string) { l.clerks.connect(strings.TrimSuffix(gateway, "/")) }

// Docking is its address, and the key that both sides sign with.
func (l *l1) Docking() Docking {
	return Docking{Settings: map[string]any{"url": l.URL()}, Secrets: map[string]string{"sign": l.opts.Key}}
}

// Affairs has the clerks say what belongs to no case.
func (l *l1) Affairs() {
	pen := l.pen("U"+l.opts.Unit+"-"+l.run, "")
	l1Affairs(pen)
	l.clerks.work("", pen.out)
}

// pen writes for one case, or for none.
func (l *l1) pen(prefix, caseNo string) *l1Pen {
	return &l1Pen{templates: l.templates, unit: l.opts.Unit, prefix: prefix, caseNo: caseNo, now: time.Now().In(zone)}
}

func (l *l1) Close() error {
	err := l.host.Close()
	l.clerks.close()
	return err
}

// l1Says is an answer of the system: HTTP 200 whatever it means.
func l1Says(code, msg string, data any) reply {
	body, _ := json.Marshal(map[string]any{"code": code, "msg": msg, "data": data})
	return reply{200, "application/json;charset=UTF-8", body}
}

var l1Words = words{
	again:        l1Says("E101", "系统繁忙，请稍后重试", nil),
	never:        l1Says("E201", "申请人王小明（虚构）资料不完整", nil),
	business:     l1Says("E102", "王小明（虚构）的案件已被锁定", nil),
	unauthorised: reply{401, "application/json;charset=UTF-8", []byte(`{"code":"E401","msg":"签名无效"}`)},
}

// receive takes a message of the type that the path names.
func (l *l1) receive(typeOf func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := readBody(w, r)
		if err != nil {
			reply{413, "text/plain", []byte("too large")}.write(w)
			return
		}
		if err := l.sign.verify(r.Header, body, time.Now()); err != nil {
			l1Words.unauthorised.write(w)
			return
		}
		key := r.Header.Get("Idempotency-Key")
		if key == "" {
			l1Says("E202", "缺少 Idempotency-Key", nil).write(w)
			return
		}
		l.faults.answer(w, r, key, l1Words, func() reply { return l.take(key, typeOf(r), body) })
	}
}

// take enters a message and starts the work that it asks for.
func (l *l1) take(key, typ string, body []byte) reply {
	var doc map[string]json.RawMessage
	if json.Unmarshal(body, &doc) != nil {
		return l1Says("E203", "报文无法解析", nil)
	}
	subject := l1Field(doc, l1Subject(typ))
	if subject == "" && typ == "account.opened" {
		subject = l1Field(doc, "zh")
	}
	if subject == "" {
		return l1Says("E203", "报文缺少编号", nil)
	}
	l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
	defer l.clerks.busy.Add(-1)
	first := l.book.Take(Taken{Key: key, Unit: l.opts.Unit, Type: typ, Subject: subject, At: time.Now(), Document: body})
	data := map[string]string{}
	if number := l.known(typ, subject); number != "" {
		data["ajbh"] = number
	}
	if first {
		l.act(typ, subject, data["ajbh"], doc)
	}
	return l1Says("0", "", data)
}

// known is the local number of a message's case, given at its delegation; empty
// for what belongs to no case.
func (l *l1) known(typ, subject string) string {
	if typ == "case.registered.receipted" {
		return subject
	}
	if l1Subject(typ) == "wbbh" {
		return l.number(subject)
	}
	return ""
}

// act has the clerks do what a message asks for.
func (l *l1) act(typ, subject, number string, doc map[string]json.RawMessage) {
	switch typ {
	case "case.delegated":
		d := docket{caseNo: subject, number: number, ending: l.ending(l1Field(doc, "ssyly")), nth: l.count()}
		var applicants, respondents []struct{ DSRBH, DSRLX string }
		json.Unmarshal(doc["sqr"], &applicants)
		json.Unmarshal(doc["bsqr"], &respondents)
		if len(applicants) > 0 && len(respondents) > 0 {
			d.payee, d.payer, d.workers = applicants[0].DSRBH, respondents[0].DSRBH, len(applicants)
		}
		l.begin(d)
	case "case.registered.receipted":
		caseNo := l1Field(doc, "wbbh")
		l.bind(caseNo, number)
		l.begin(docket{caseNo: caseNo, number: number, own: true, payee: "p1", payer: "p2",
			ending: Facts{End: &End{Reason: "agreed", Next: "review", Items: []EndItem{{Text: "分期支付工资"}}}}})
	case "case.withdrawn":
		l.clerks.withdraw(subject)
	case "case.dossier.requested":
		d, pen := l.docket(subject), l.pen(number+"-D", subject)
		pen.number, pen.ref, pen.payer, pen.payee = number, l1Field(doc, "qqh"), d.payer, d.payee
		pen.template("case.dossier.supplied")
		l.clerks.work("", pen.out)
	}
}

func (l *l1) begin(d docket) {
	l.mu.Lock()
	l.dockets[d.caseNo] = d
	l.mu.Unlock()
	pen := l.pen(d.number, d.caseNo)
	pen.number, pen.payer, pen.payee = d.number, d.payer, d.payee
	pen.step = time.Second
	l1Script(pen, d)
	l.clerks.work(d.caseNo, pen.out)
}

func (l *l1) docket(caseNo string) docket {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dockets[caseNo]
}

// count is the number of cases so far.
func (l *l1) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// bind gives a case that the organisation took up itself its national number.
func (l *l1) bind(caseNo, number string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.numbers[caseNo] = number
}

// number is the local number of a case, given at its first message.
func (l *l1) number(caseNo string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("SC%s%05d", time.Now().In(zone).Format("20060102"), l.last)
	}
	return l.numbers[caseNo]
}

// query answers the probe: is the message with this key here?
func (l *l1) query(w http.ResponseWriter, r *http.Request) {
	if err := l.sign.verify(r.Header, nil, time.Now()); err != nil {
		l1Words.unauthorised.write(w)
		return
	}
	t, ok := l.book.Get(r.URL.Query().Get("key"))
	if !ok {
		l1Says("0", "", nil).write(w)
		return
	}
	data := map[string]string{}
	if number := l.known(t.Type, t.Subject); number != "" {
		data["ajbh"] = number
	}
	l1Says("0", "", data).write(w)
}

// request is a saying as the system posts it, signed anew.
func (l *l1) request(ctx context.Context, gateway string, s saying) (*http.Request, error) {
	r, err := post(ctx, gateway+"/local/"+l.opts.Unit+"/"+s.endpoint, "application/json;charset=UTF-8", s.body)
	if err == nil {
		l.sign.put(r.Header, s.body, time.Now())
	}
	return r, err
}

// l1Read understands the gateway's answer: only code "0" means that it is durable.
func l1Read(a answer) verdict {
	var said struct {
		Code string
		Data struct{ LSH string }
	}
	if a.status != 200 || json.Unmarshal(a.body, &said) != nil {
		return verdict{}
	}
	switch said.Code {
	case "0":
		return verdict{accepted: true, receipt: said.Data.LSH}
	case "E400", "E403", "E404", "E409", "E413", "E422":
		return verdict{refused: said.Code}
	}
	return verdict{} // busy, or our clock: again
}
