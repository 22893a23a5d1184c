package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// l6 is the invented system of the reference pack 310000: nothing can reach it.
// It asks the gateway for what there is, a page at a time, confirms what it took,
// and says its own, all in an envelope of national cryptography. Its wire is
// described in that pack's README.
type l6 struct {
	opts    LocalOptions
	keys    *l6Keys
	faults  *unruly
	book    *Book
	ledger  *Ledger
	clerks  *clerks
	ending  func(string) Facts
	speech  *l6Speech
	client  *http.Client
	run     string // of this start: serial numbers differ from those of the last
	looking sync.WaitGroup

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → caseId
	dockets map[string]docket // by caseNo
	last    int               // of the running number
}

const (
	// ask is how often the system asks.
	ask = 50 * time.Millisecond
	// page is how much it asks for at once.
	page = 20
)

func startL6(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	ending, err := endings()
	if err != nil {
		return nil, err
	}
	speech, err := newL6Speech()
	if err != nil {
		return nil, err
	}
	keys, err := newL6Keys(o.Unit, o.Dir)
	if err != nil {
		return nil, err
	}
	l := &l6{opts: o, keys: keys, faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger(), ending: ending, speech: speech,
		client: &http.Client{Timeout: 30 * time.Second}, run: time.Now().In(zone).Format("060102150405"),
		numbers: map[string]string{}, dockets: map[string]docket{}}
	l.clerks = newClerks(o)
	l.clerks.twice = l.faults.twice()
	l.clerks.pushing(newPusher(l.ledger), l.request, l.read)
	l.looking.Go(l.look)
	return l, nil
}

func (l *l6) Kind() string    { return "L6" }
func (l *l6) Unit() string    { return l.opts.Unit }
func (l *l6) Book() *Book     { return l.book }
func (l *l6) Ledger() *Ledger { return l.ledger }

func (l *l6) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l6) Connect(gateway string) { l.clerks.connect(strings.TrimSuffix(gateway, "/")) }

// URL is where it asks, below the gateway's address: nobody can call it.
func (l *l6) URL() string { return "/local/" + l.opts.Unit + "/pull" }

// Takes tells what a gateway may bring.
func (l *l6) Takes(typ string) bool { return l6Down[typ] != "" }

// Docking is the gateway's own key and the system's public one.
func (l *l6) Docking() Docking {
	return Docking{Secrets: map[string]string{"own": l.keys.forGateway, "peer": l.keys.ofTheSystem}}
}

// Affairs has the clerks say what belongs to no case.
func (l *l6) Affairs() {
	pen := &l6Pen{speech: l.speech, unit: l.opts.Unit, prefix: "U" + l.opts.Unit + "-" + l.run, now: time.Now().In(zone)}
	pen.write(rosters())
	l.clerks.work("", pen.out)
}

func (l *l6) Close() error {
	l.clerks.close()
	l.looking.Wait()
	l.client.CloseIdleConnections()
	return nil
}

// look asks and confirms until the clerks go home.
func (l *l6) look() {
	select {
	case <-l.clerks.connected:
	case <-l.clerks.ctx.Done():
		return
	}
	for pause(l.clerks.ctx, ask) {
		l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
		l.once(l.clerks.ctx)
		l.clerks.busy.Add(-1)
	}
}

// l6Message is one message of a page.
type l6Message struct {
	Receipt, Key, Type, Subject string
	Document                    json.RawMessage
}

// l6Result is one line of a confirmation.
type l6Result struct {
	Receipt  string `json:"receipt"`
	OK       bool   `json:"ok"`
	LocalRef string `json:"localRef,omitempty"`
	Message  string `json:"message,omitempty"`
}

// once takes a page and confirms what it took; what goes wrong is asked for again.
func (l *l6) once(ctx context.Context) {
	raw, err := l.call(ctx, http.MethodGet, fmt.Sprintf("pull?max=%d", page), nil)
	if err != nil {
		return
	}
	var in struct{ Messages []l6Message }
	if json.Unmarshal(raw, &in) != nil || len(in.Messages) == 0 {
		return
	}
	var results []l6Result
	for _, m := range in.Messages {
		if r, say := l.take(m); say {
			results = append(results, r)
		}
	}
	if len(results) == 0 {
		return
	}
	body, err := json.Marshal(map[string]any{"results": results})
	if err != nil {
		return
	}
	if _, err := l.call(ctx, http.MethodPost, "confirm", body); err != nil {
		return // the messages are offered again
	}
	if l.faults.twice() {
		l.call(ctx, http.MethodPost, "confirm", body)
	}
}

// call sends a document in an envelope, or none, and opens the answer's.
func (l *l6) call(ctx context.Context, method, name string, document []byte) ([]byte, error) {
	r, err := post(ctx, l.clerks.gateway+"/local/"+l.opts.Unit+"/"+name, "application/json", nil)
	if document != nil && err == nil {
		var sealed []byte
		if sealed, err = l.keys.seal(document, time.Now()); err == nil {
			r, err = post(ctx, l.clerks.gateway+"/local/"+l.opts.Unit+"/"+name, "application/json", sealed)
		}
	}
	if err != nil {
		return nil, err
	}
	r.Method = method
	res, err := l.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, bodyLimit))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	return l.keys.open(raw, time.Now())
}

// take enters a message; false: it says nothing about it, so that it is offered again.
func (l *l6) take(m l6Message) (l6Result, bool) {
	var doc l6Document
	if json.Unmarshal(m.Document, &doc) != nil || m.Key == "" || doc.MsgType != l6Down[m.Type] || doc.subject() != m.Subject {
		return l6Result{Receipt: m.Receipt, Message: "报文无法解析，或类型、编号不符"}, true
	}
	act := l.faults.next(m.Key)
	switch act {
	case hang, refuseRetry, refuseBusiness, unavailable, errorUntaken, loginPage, resetUntaken, unauthorised:
		return l6Result{}, false // not taken
	case refuseForGood:
		return l6Result{Receipt: m.Receipt, Message: "申请人王小明（虚构）资料不完整"}, true
	}
	number := ""
	if doc.CaseRef != "" {
		number = l.number(doc.CaseRef)
	}
	if l.book.Take(Taken{Key: m.Key, Unit: l.opts.Unit, Type: m.Type, Subject: m.Subject, At: time.Now(), Document: m.Document}) {
		l.act(m.Type, &doc, number)
	}
	switch act {
	case cutAnswer, errorTaken, lateAnswer, resetTaken:
		return l6Result{}, false // taken, but the confirmation is lost
	}
	return l6Result{Receipt: m.Receipt, OK: true, LocalRef: number}, true
}

// act has the clerks do what a message asks for.
func (l *l6) act(typ string, doc *l6Document, number string) {
	switch typ {
	case "case.delegated":
		d := docket{caseNo: doc.CaseRef, number: number, ending: l.ending(doc.CaseDesc), nth: l.count(), payee: doc.party(1), payer: doc.party(2)}
		l.mu.Lock()
		l.dockets[d.caseNo] = d
		l.mu.Unlock()
		pen := &l6Pen{speech: l.speech, docket: d, prefix: number + "-" + l.run, now: time.Now().In(zone)}
		pen.write(course(d))
		l.clerks.work(d.caseNo, pen.out)
	case "case.withdrawn":
		l.clerks.withdraw(doc.CaseRef)
	case "case.dossier.requested":
		l.mu.Lock()
		d := l.dockets[doc.CaseRef]
		l.mu.Unlock()
		d.caseNo, d.number = doc.CaseRef, number
		pen := &l6Pen{speech: l.speech, docket: d, prefix: number + "-" + l.run + "-D", ref: doc.ReqNo, now: time.Now().In(zone)}
		pen.write([]string{"case.dossier.supplied"})
		l.clerks.work("", pen.out)
	}
}

// count is the number of cases so far.
func (l *l6) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// number is the local number of a case, given at its first message.
func (l *l6) number(caseNo string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("SH%s%05d", time.Now().In(zone).Format("20060102"), l.last)
	}
	return l.numbers[caseNo]
}

// request is a saying as the system posts it, sealed anew.
func (l *l6) request(ctx context.Context, gateway string, s saying) (*http.Request, error) {
	body, err := l.keys.seal(s.body, time.Now())
	if err != nil {
		return nil, err
	}
	return post(ctx, gateway+"/local/"+l.opts.Unit+"/"+s.endpoint, "application/json", body)
}

// read understands the gateway's answer: only code 0 means that it is durable.
func (l *l6) read(a answer) verdict {
	var said struct {
		Code    any
		Receipt string
	}
	plain, err := l.keys.open(a.body, time.Now())
	if a.status != 200 || err != nil || json.Unmarshal(plain, &said) != nil {
		return verdict{}
	}
	code := fmt.Sprint(said.Code)
	switch {
	case code == "0":
		return verdict{accepted: true, receipt: said.Receipt}
	case slices.Contains([]string{"400", "403", "404", "409", "413", "422"}, code):
		return verdict{refused: code}
	}
	return verdict{} // busy, or our clock: again
}
