package sim

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite" that the exchange tables are in

	"duijie/mapping/provinces"
)

// l3 is the invented system of the reference pack 440000: exchange tables (前置库)
// in a database file, which the gateway writes and reads and a job of this system
// works. Tables and columns are described in that pack's README.
type l3 struct {
	opts   LocalOptions
	path   string
	temp   string // folder to remove; empty: somebody else's
	db     *sql.DB
	faults *unruly
	book   *Book
	ledger *Ledger
	clerks *clerks
	ending func(string) Facts

	templates map[string]any
	run       string       // of this start: its numbers differ from those of the last
	serial    atomic.Int64 // the last LSH

	stop    context.CancelFunc
	running sync.WaitGroup       // the job
	slow    map[string]time.Time // the job's own: by key, when it comes to a row that it put off

	mu      sync.Mutex        // guards all below
	numbers map[string]string // caseNo → AJBH
	dockets map[string]docket // by caseNo
	last    int               // of the running number
}

// l3File is the database in the system's folder.
const l3File = "exchange.db"

func startL3(o LocalOptions) (Local, error) {
	fault, err := FindFault(o.Fault)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	l := &l3{opts: o, faults: newUnruly(fault, o.Seed), book: NewBook(), ledger: NewLedger(), run: now.In(zone).Format("060102150405"),
		numbers: map[string]string{}, dockets: map[string]docket{}, slow: map[string]time.Time{}}
	l.serial.Store(now.UnixMilli() * 1000) // no number of an earlier run comes again
	if o.Hold > 0 {
		l.faults.hold = o.Hold
	}
	if l.ending, err = endings(); err != nil {
		return nil, err
	}
	if l.templates, err = l3Templates(); err != nil {
		return nil, err
	}
	if err := l.openTables(); err != nil {
		if l.temp != "" {
			os.RemoveAll(l.temp)
		}
		return nil, err
	}
	l.clerks = newClerks(o)
	l.clerks.twice = l.faults.twice()
	l.clerks.deliver = l.hand
	ctx, stop := context.WithCancel(context.Background())
	l.stop = stop
	l.running.Go(func() { l.job(ctx) })
	return l, nil
}

// openTables opens the database file, with the pack's tables where it is new.
func (l *l3) openTables() (err error) {
	dir := l.opts.Dir
	if dir == "" {
		if l.temp, err = os.MkdirTemp("", "duijie-sim-l3-"); err != nil {
			return err
		}
		dir = l.temp
	}
	if l.path, err = filepath.Abs(filepath.Join(dir, l3File)); err != nil {
		return err
	}
	_, missing := os.Stat(l.path)
	q := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(wal)", "synchronous(normal)"}, "_txlock": {"immediate"}}
	if l.db, err = sql.Open("sqlite", "file:"+(&url.URL{Path: l.path}).EscapedPath()+"?"+q.Encode()); err != nil {
		return fmt.Errorf("open the exchange tables: %w", err)
	}
	if errors.Is(missing, os.ErrNotExist) {
		ddl, err := fs.ReadFile(provinces.FS(), "440000/ddl/sqlite.sql")
		if err == nil {
			_, err = l.db.Exec(string(ddl))
		}
		if err != nil {
			l.db.Close()
			return fmt.Errorf("make the exchange tables: %w", err)
		}
	}
	return nil
}

func (l *l3) Kind() string           { return "L3" }
func (l *l3) Unit() string           { return l.opts.Unit }
func (l *l3) Book() *Book            { return l.book }
func (l *l3) Ledger() *Ledger        { return l.ledger }
func (l *l3) Idle() bool             { return l.clerks.busy.Load() == 0 }
func (l *l3) Connect(gateway string) { l.clerks.connect(gateway) }

// URL is the database file.
func (l *l3) URL() string { return "file:" + l.path }

// Docking is the driver and the path of the file; there is no secret.
func (l *l3) Docking() Docking {
	return Docking{Settings: map[string]any{"driver": "sqlite", "dsn": l.path}}
}

// Affairs has the clerks say what belongs to no case.
func (l *l3) Affairs() {
	pen := l.pen("U"+l.opts.Unit+"-"+l.run, "")
	l3Affairs(pen)
	l.clerks.work("", pen.out)
}

// Close ends the job and the clerks and lets go of the file.
func (l *l3) Close() error {
	l.stop()
	l.running.Wait()
	l.clerks.close()
	err := l.db.Close()
	if l.temp != "" {
		err = errors.Join(err, os.RemoveAll(l.temp))
	}
	return err
}

// pen writes for one case, or for none.
func (l *l3) pen(prefix, caseNo string) *l3Pen {
	return &l3Pen{templates: l.templates, serial: &l.serial, unit: l.opts.Unit, prefix: prefix, caseNo: caseNo, now: time.Now().In(zone)}
}

func (l *l3) begin(d docket) {
	l.mu.Lock()
	l.dockets[d.caseNo] = d
	l.mu.Unlock()
	pen := l.pen(d.number, d.caseNo)
	pen.number, pen.payer, pen.payee, pen.step = d.number, d.payer, d.payee, time.Second
	l3Script(pen, d)
	l.clerks.work(d.caseNo, pen.out)
}

func (l *l3) docket(caseNo string) docket {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dockets[caseNo]
}

// bind gives a case that the organisation took up itself its national number.
func (l *l3) bind(caseNo, number string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.numbers[caseNo] = number
}

// number is the local number of a case, given at its first message; nth counts them.
func (l *l3) number(caseNo string) (number string, nth int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.numbers[caseNo] == "" {
		l.last++
		l.numbers[caseNo] = fmt.Sprintf("GD%s%05d", l.run, l.last)
	}
	return l.numbers[caseNo], l.last
}
