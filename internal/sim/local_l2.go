package sim

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// l2 is the invented system of the reference pack 320000: SOAP 1.1 with a
// UsernameToken, and a document that says it is GBK in one string, both ways. Its
// wire is described in that pack's README.
type l2 struct {
	*host
	opts   LocalOptions
	proof  l2Proof
	faults *unruly
	book   *Book
	ledger *Ledger
	clerks *clerks
	ending func(string) Facts
	speech *l2Speech
	run    string // of this start: serial numbers differ from those of the last

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → 案件编号 (bh)
	dockets map[string]docket // by caseNo
	last    int               // of the running number
}

func startL2(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	ending, err := endings()
	if err != nil {
		return nil, err
	}
	speech, err := newL2Speech()
	if err != nil {
		return nil, err
	}
	l := &l2{opts: o, proof: newL2Proof(o.Key), faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger(), ending: ending, speech: speech,
		run: time.Now().In(zone).Format("060102150405"), numbers: map[string]string{}, dockets: map[string]docket{}}
	if o.Hold > 0 {
		l.faults.hold = o.Hold
	}
	l.clerks = newClerks(o)
	l.clerks.twice = l.faults.twice()
	l.clerks.pushing(newPusher(l.ledger), l.request, l2Read)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /services/TjService", l.receive)
	if l.host, err = serve(o.Listen, mux); err != nil {
		return nil, err
	}
	return l, nil
}

func (l *l2) Kind() string           { return "L2" }
func (l *l2) Unit() string           { return l.opts.Unit }
func (l *l2) Book() *Book            { return l.book }
func (l *l2) Ledger() *Ledger        { return l.ledger }
func (l *l2) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l2) Connect(gateway string) { l.clerks.connect(strings.TrimSuffix(gateway, "/")) }
func (l *l2) URL() string            { return l.host.URL() + "/services/TjService" }

// Takes tells what a gateway may bring.
func (l *l2) Takes(typ string) bool { return l2Down[typ] != "" }

// Docking is its address, and the password of both sides.
func (l *l2) Docking() Docking {
	return Docking{Settings: map[string]any{"url": l.URL()}, Secrets: map[string]string{"wsse": l.opts.Key}}
}

// Affairs has the clerks say what belongs to no case.
func (l *l2) Affairs() {
	pen := &l2Pen{speech: l.speech, unit: l.opts.Unit, prefix: "U" + l.opts.Unit + "-" + l.run, now: time.Now().In(zone)}
	pen.write(rosters())
	l.clerks.work("", pen.out)
}

func (l *l2) Close() error {
	err := l.host.Close()
	l.clerks.close()
	return err
}

// receive takes a call of submitCase.
func (l *l2) receive(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		reply{413, "text/plain", []byte("too large")}.write(w)
		return
	}
	var call l2Call
	if err := l2Unmarshal(string(body), &call); err != nil || call.Submit == nil {
		l2Fault("soapenv:Client", "报文无法解析").write(w)
		return
	}
	if err := l.proof.verify(call.Token, time.Now()); err != nil {
		l2Words.unauthorised.write(w)
		return
	}
	doc, err := l2Parse(call.Submit.XMLData)
	if err != nil {
		l2Says("-1", err.Error(), "").write(w)
		return
	}
	l.faults.answer(w, r, doc.Key, l2Words, func() reply { return l.take(doc, call.Submit.XMLData) })
}

// l2Parse reads a document and refuses what a GBK system cannot store.
func l2Parse(text string) (*l2Document, error) {
	if !strings.HasPrefix(text, `<?xml version="1.0" encoding="GBK"?>`) {
		return nil, fmt.Errorf("报文没有声明为 GBK")
	}
	if _, err := simplifiedchinese.GBK.NewEncoder().String(text); err != nil || strings.ContainsAny(text, "€䶮㐂𬭎") {
		return nil, fmt.Errorf("报文含 GBK 以外的字符")
	}
	var doc l2Document
	if err := l2Unmarshal(text, &doc); err != nil || doc.Key == "" || doc.typ() == "" || doc.subject() == "" {
		return nil, fmt.Errorf("报文无法解析，或缺少 lsh、lx 或编号")
	}
	return &doc, nil
}

// take enters a message and starts the work that it asks for.
func (l *l2) take(doc *l2Document, text string) reply {
	l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
	defer l.clerks.busy.Add(-1)
	number := ""
	if doc.Case != "" {
		number = l.number(doc.Case)
	}
	if l.book.Take(Taken{Key: doc.Key, Unit: l.opts.Unit, Type: doc.typ(), Subject: doc.subject(), At: time.Now(), Document: []byte(text)}) {
		l.act(doc, number)
	}
	return l2Says("1", "", number)
}

// act has the clerks do what a message asks for.
func (l *l2) act(doc *l2Document, number string) {
	switch doc.typ() {
	case "case.delegated":
		d := docket{caseNo: doc.Case, number: number, ending: l.ending(doc.Facts), nth: l.count(), payee: doc.party("SQ"), payer: doc.party("BS")}
		l.mu.Lock()
		l.dockets[d.caseNo] = d
		l.mu.Unlock()
		pen := &l2Pen{speech: l.speech, docket: d, prefix: number + "-" + l.run, now: time.Now().In(zone)}
		pen.write(course(d))
		l.clerks.work(d.caseNo, pen.out)
	case "case.withdrawn":
		l.clerks.withdraw(doc.Case)
	case "case.dossier.requested":
		l.mu.Lock()
		d := l.dockets[doc.Case]
		l.mu.Unlock()
		d.caseNo, d.number = doc.Case, number
		pen := &l2Pen{speech: l.speech, docket: d, prefix: number + "-" + l.run + "-D", ref: doc.Request, now: time.Now().In(zone)}
		pen.write([]string{"case.dossier.supplied"})
		l.clerks.work("", pen.out)
	}
}

// count is the number of cases so far.
func (l *l2) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// number is the local number of a case, given at its first message.
func (l *l2) number(caseNo string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("JS%s%05d", time.Now().In(zone).Format("20060102"), l.last)
	}
	return l.numbers[caseNo]
}

// request is a saying as the system calls with it, proven anew.
func (l *l2) request(ctx context.Context, gateway string, s saying) (*http.Request, error) {
	body := l2Wrap(l.proof.header(time.Now()), `<gw:report xmlns:gw="`+l2Gateway+`"><xmlData>`+l2CDATA(string(s.body))+`</xmlData></gw:report>`)
	r, err := post(ctx, gateway+"/local/"+l.opts.Unit+"/soap", l2Media, body)
	if err == nil {
		r.Header.Set("SOAPAction", `"report"`)
	}
	return r, err
}

// l2Read understands the gateway's answer: only state 1 means that it is durable.
func l2Read(a answer) verdict {
	var said l2Answer
	var result l2Result
	if a.status != 200 || l2Unmarshal(string(a.body), &said) != nil || l2Unmarshal(said.Return, &result) != nil {
		return verdict{}
	}
	if result.State == "1" {
		return verdict{accepted: true, receipt: result.BH}
	}
	status, _, _ := strings.Cut(result.Msg, " ")
	if slices.Contains([]string{"400", "403", "404", "409", "413", "422"}, status) {
		return verdict{refused: status}
	}
	return verdict{} // busy, or our clock: again
}
