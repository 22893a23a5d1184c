package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// l5 is the invented system of the reference packs 650000 and 660000: zips in
// exchange folders behind an SFTP server of its own, receipt files both ways. Its
// wire is described in those packs' READMEs. It works on the folders as their
// owner: only the gateway comes over the network.
type l5 struct {
	*sshHost
	opts    LocalOptions
	speech  *l5Speech
	faults  *unruly
	book    *Book
	ledger  *Ledger
	clerks  *clerks
	ending  func(string) Facts
	root    string // holds in and out
	own     string // taken zips
	ours    string // a folder to remove at the end; empty: the caller's
	run     string // of this start: file names differ from those of the last
	looking sync.WaitGroup

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → 案件编号
	seen    map[string]bool   // names of zips that are taken or being taken
	last    int               // of the running number
}

// glance is how often the system looks into its folders.
const glance = 25 * time.Millisecond

func startL5(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	ending, err := endings()
	if err != nil {
		return nil, err
	}
	speech, err := l5SpeechOf(o.Unit)
	if err != nil {
		return nil, err
	}
	l := &l5{opts: o, speech: speech, faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger(), ending: ending,
		run: time.Now().In(zone).Format("060102150405"), numbers: map[string]string{}, seen: map[string]bool{}}
	if o.Hold > 0 {
		l.faults.hold = o.Hold
	}
	if err := l.folders(o.Dir); err != nil {
		return nil, err
	}
	if l.sshHost, err = serveSSH(o.Listen, filepath.Dir(l.root), l.faults); err != nil {
		l.remove()
		return nil, err
	}
	l.clerks = newClerks(o)
	l.clerks.twice = l.faults.twice()
	l.clerks.deliver = l.deliver
	l.looking.Go(l.look)
	return l, nil
}

// folders makes DIR/exchange/in, out and DIR/taken.
func (l *l5) folders(dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "duijie-l5-"); err != nil {
			return err
		}
		l.ours = dir
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	l.root, l.own = filepath.Join(dir, "exchange"), filepath.Join(dir, "taken")
	for _, d := range []string{filepath.Join(l.root, "in"), filepath.Join(l.root, "out"), l.own} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (l *l5) Kind() string           { return "L5" }
func (l *l5) Unit() string           { return l.opts.Unit }
func (l *l5) Book() *Book            { return l.book }
func (l *l5) Ledger() *Ledger        { return l.ledger }
func (l *l5) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l5) Connect(gateway string) { l.clerks.connect(gateway) }

// Affairs: the system knows nothing but delegated cases.
func (l *l5) Affairs() {}

// Takes tells what a gateway may bring.
func (l *l5) Takes(typ string) bool { return l5Down[typ] != "" }

// URL is the exchange folder.
func (l *l5) URL() string { return "sftp://" + sshUser + "@" + l.addr + filepath.ToSlash(l.root) }

// Docking is the folder, the key to it and the server's own.
func (l *l5) Docking() Docking {
	return Docking{Settings: map[string]any{"root": l.URL()}, Secrets: map[string]string{"ssh": l.key, "known": l.known}}
}

func (l *l5) Close() error {
	l.clerks.close()
	l.looking.Wait()
	err := l.sshHost.Close()
	return errors.Join(err, l.remove())
}

func (l *l5) remove() error {
	if l.ours == "" {
		return nil
	}
	return os.RemoveAll(l.ours)
}

// look takes the zips that stand in the folder, until the clerks go home.
func (l *l5) look() {
	var taking sync.WaitGroup
	defer taking.Wait()
	for pause(l.clerks.ctx, glance) {
		entries, err := os.ReadDir(filepath.Join(l.root, "in"))
		if err != nil {
			continue
		}
		for _, e := range entries {
			if name := e.Name(); strings.HasSuffix(name, ".zip") && !strings.HasPrefix(name, ".") && l.first(name) {
				l.clerks.busy.Add(1) // until the work has begun: nobody must see an idle system in between
				taking.Go(func() {
					defer l.clerks.busy.Add(-1)
					l.take(name)
				})
			}
		}
	}
}

// first tells whether a name has not been seen before.
func (l *l5) first(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.seen[name] {
		return false
	}
	l.seen[name] = true
	return true
}

// take reads a zip, enters it, answers with a receipt and puts it away.
func (l *l5) take(name string) {
	path := filepath.Join(l.root, "in", name)
	doc, raw, err := l5Read(path)
	act := behave
	if err == nil {
		act = l.faults.next(doc.No)
	}
	switch act {
	case hang, refuseRetry, refuseBusiness, unavailable, errorUntaken, loginPage: // nobody is asked again: the clerk comes late
		if !pause(l.clerks.ctx, l.faults.hold/3) {
			return
		}
	}
	typ := l5TypeOf(l5Down, doc.Type)
	switch {
	case err != nil:
		l.receipt(name, ".err", "E203|报文无法解析")
	case typ == "" || doc.No == "" || doc.Case == "":
		l.receipt(name, ".err", "E203|报文缺少编号或类型")
	case l5Lacks(path, doc):
		l.receipt(name, ".err", "E204|附件缺失或摘要不符")
	case act == refuseForGood:
		l.receipt(name, ".err", "E201|申请人王小明（虚构）资料不完整")
	default:
		number := l.number(doc.Case)
		first := l.book.Take(Taken{Key: doc.No, Unit: l.opts.Unit, Type: typ, Subject: doc.Case, At: time.Now(), Document: raw})
		if first {
			l.act(typ, number, doc)
		}
		if act == lateAnswer || act == errorTaken {
			if !pause(l.clerks.ctx, l.faults.hold/3) {
				return
			}
		}
		l.receipt(name, ".ok", number)
	}
	os.Rename(path, filepath.Join(l.own, name)) // where it fails the zip stays and is not taken again
}

// receipt writes NAME.ok or NAME.err whole or not at all.
func (l *l5) receipt(name, end, text string) {
	write(filepath.Join(l.root, "in"), name+end, []byte(text+"\n"))
}

// act has the clerks do what a message asks for.
func (l *l5) act(typ, number string, doc l5Document) {
	switch typ {
	case "case.delegated":
		d := docket{caseNo: doc.Case, number: number, ending: l.ending(doc.Facts), nth: l.count()}
		for _, p := range doc.Parties {
			switch {
			case p.Role == l.speech.word("role", "applicant"):
				d.workers++
				d.payee = cmp.Or(d.payee, p.ID)
			default:
				d.payer = cmp.Or(d.payer, p.ID)
			}
		}
		pen := &l5Pen{speech: l.speech, docket: d, prefix: number + "_" + l.run, now: time.Now().In(zone)}
		l5Script(pen)
		l.clerks.work(d.caseNo, pen.out)
	case "case.withdrawn":
		l.clerks.withdraw(doc.Case)
	}
}

// number is the local number of a case, given at its first message.
func (l *l5) number(caseNo string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("%s%s%05d", l.speech.Prefix, time.Now().In(zone).Format("20060102"), l.last)
	}
	return l.numbers[caseNo]
}

func (l *l5) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// deliver puts a saying's zip into the folder and waits for the gateway's receipt.
func (l *l5) deliver(ctx context.Context, _ string, sent Sent, s saying) error {
	out := filepath.Join(l.root, "out")
	l.ledger.Try(sent)
	if err := write(out, s.serial, s.body); err != nil {
		return err
	}
	for {
		if text, err := os.ReadFile(filepath.Join(out, s.serial+".ok")); err == nil {
			os.Remove(filepath.Join(out, s.serial+".ok"))
			_, receipt, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
			l.ledger.Accept(sent.Key, receipt, time.Now())
			return nil
		}
		if _, err := os.Stat(filepath.Join(out, s.serial+".err")); err == nil {
			l.ledger.Refuse(sent.Key, "unreadable")
			return &RefusedError{Code: "unreadable", Type: sent.Type}
		}
		if !pause(ctx, glance) {
			return context.Cause(ctx)
		}
	}
}

// write puts a file under its name whole or not at all.
func write(dir, name string, content []byte) error {
	tmp := filepath.Join(dir, "."+name+".tmp")
	if err := os.WriteFile(tmp, content, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(dir, name))
}

// pause waits; false: ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// l5TypeOf is the national type of a word of the wire.
func l5TypeOf(words map[string]string, word string) string {
	for typ, w := range words {
		if w == word {
			return typ
		}
	}
	return ""
}
