package console

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"duijie/internal/i18n"
)

// pages are the parsed templates by name; each is the layout around one content.
type pages map[string]*template.Template

func parsePages() (pages, error) {
	out := pages{}
	for _, name := range []string{"overview", "list", "detail", "due", "login", "refused"} {
		t, err := template.ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("parse template %s: %w", name, err)
		}
		out[name] = t
	}
	return out, nil
}

// page is what every template is given. Its methods are the templates' words.
type page struct {
	Lang    i18n.Lang
	Title   string
	Tab     string // which entry of the menu is lit
	Who     who
	Login   bool // admins are configured
	CSRF    string
	Refresh int // seconds; 0: never
	Done    string
	Error   string
	Other   string // link to the same page in the other language
	Body    any
	now     time.Time
}

// T is a text by key.
func (p page) T(key string, args ...any) string { return i18n.Say(p.Lang, key, args...) }

// State, Direction, Type, Mode, UnitStatus, Outcome, Code and CaseState name codes.
func (p page) State(code any) string     { return i18n.State(p.Lang, fmt.Sprint(code)) }
func (p page) Direction(code any) string { return i18n.Direction(p.Lang, fmt.Sprint(code)) }
func (p page) Type(code string) string   { return i18n.Type(p.Lang, code) }
func (p page) Mode(code string) string   { return i18n.Mode(p.Lang, code) }
func (p page) Status(code string) string { return i18n.UnitStatus(p.Lang, code) }
func (p page) Outcome(code string) string {
	return i18n.Outcome(p.Lang, code)
}
func (p page) Code(code string) string      { return i18n.AttemptCode(p.Lang, code) }
func (p page) CaseState(code string) string { return i18n.CaseState(p.Lang, code) }
func (p page) Check(code string) string     { return i18n.Check(p.Lang, code) }

// Words are the road's own, in the reader's language.
func (p page) Words(english string) string { return i18n.Detail(p.Lang, english) }

// ReasonName and ReasonTodo are a hold reason and what to do about it.
func (p page) ReasonName(code string) string { name, _ := i18n.Reason(p.Lang, code); return name }
func (p page) ReasonTodo(code string) string { _, todo := i18n.Reason(p.Lang, code); return todo }

// MarkName and MarkSays are a mark and its meaning.
func (p page) MarkName(code string) string { name, _ := i18n.Mark(p.Lang, code); return name }
func (p page) MarkSays(code string) string { _, says := i18n.Mark(p.Lang, code); return says }

var beijing = time.FixedZone("CST", 8*60*60)

// At writes a time short where it is of today, whole where it is not.
func (p page) At(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	t, now := t.In(beijing), p.now.In(beijing)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04:05")
	}
	return t.Format("01-02 15:04")
}

// Exact writes a time whole.
func (p page) Exact(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	return t.In(beijing).Format("2006-01-02 15:04:05.000")
}

// Age is how long ago a time was, in two units at most.
func (p page) Age(t time.Time) string {
	if t.IsZero() {
		return "—"
	}
	d := p.now.Sub(t)
	const day = 24 * time.Hour
	switch {
	case d < time.Second:
		return p.T("age.now")
	case d < time.Minute:
		return p.T("age.seconds", int(d.Seconds()))
	case d < time.Hour:
		return p.T("age.minutes", int(d.Minutes()))
	case d < day:
		return p.T("age.hours", int(d.Hours()), int(d.Minutes())%60)
	}
	return p.T("age.days", int(d/day), int(d.Hours())%24)
}

// Short is the telling end of a receipt.
func (p page) Short(receipt string) string {
	const shown = 8
	if len(receipt) <= shown+2 {
		return receipt
	}
	return "…" + receipt[len(receipt)-shown:]
}

// Digest is the beginning of a version.
func (p page) Digest(version string) string {
	const shown = 10
	return version[:min(len(version), shown)]
}

// Made is when the page was made.
func (p page) Made() string { return p.now.In(beijing).Format(time.TimeOnly) }

// MayAct tells whether the forms are shown.
func (p page) MayAct() bool { return p.Who.mayAct() }

// unitBacklog is one cell of the units' table.
type unitBacklog struct {
	backlog
	Unit, Way, Says string
}

// Backlog is a unit's open deliveries of one direction, with links to them.
func (p page) Backlog(unit, way string, b backlog) unitBacklog {
	return unitBacklog{b, unit, way, p.T("units.heldcount", b.Held)}
}

// Path is the address of a delivery's page.
func (p page) Path(receipt string) string { return "/deliveries/" + url.PathEscape(receipt) }

// show renders a page whole before the first byte goes.
func (c *Console) show(w http.ResponseWriter, r *http.Request, p who, status int, name, title, errText string) {
	c.render(w, r, status, name, page{Who: p, Title: title, Error: errText})
}

func (c *Console) render(w http.ResponseWriter, r *http.Request, status int, name string, p page) {
	p.Lang = c.langOf(r)
	p.Title = i18n.Say(p.Lang, p.Title)
	p.Login = len(c.admins) > 0
	p.CSRF = c.formToken(p.Who)
	p.Other = otherLanguage(r.URL, p.Lang)
	p.now = c.now()
	if done := r.URL.Query().Get("done"); actNamed(done) {
		p.Done = i18n.Say(p.Lang, "done."+done)
	}
	var b bytes.Buffer
	if err := c.pages[name].ExecuteTemplate(&b, "layout", p); err != nil {
		c.log.Error("render page", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if _, err := b.WriteTo(w); err != nil {
		c.log.Debug("page not written", "page", name, "error", err)
	}
}

// otherLanguage is the same page with ?lang= of the other language. A POST's page has no such address.
func otherLanguage(u *url.URL, l i18n.Lang) string {
	q := u.Query()
	q.Del("done")
	q.Set("lang", string(i18n.EN))
	if l == i18n.EN {
		q.Set("lang", string(i18n.ZH))
	}
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}

// refuse is a page that says why something was not done.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, p who, status int, text string) {
	c.show(w, r, p, status, "refused", "error.title", text)
}

func (c *Console) notFound(w http.ResponseWriter, r *http.Request, p who) {
	c.show(w, r, p, http.StatusNotFound, "refused", "notfound.title", "")
}

// fail shows an error of the gateway in the reader's words; what nobody foresaw
// is logged and says no more than that.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, p who, err error) {
	code, status := codeOf(err)
	if code == "internal" {
		c.log.Error("console", "page", r.Pattern, "error", err)
	}
	title, detail := i18n.Problem(c.langOf(r), code)
	c.refuse(w, r, p, status, title+" — "+detail)
}
