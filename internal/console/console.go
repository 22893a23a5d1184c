// Package console is the operators' pages: what is stuck and why, the deliveries,
// one delivery with what can be done about it, and the cases' deadlines.
//
// It promises: no page shows personal data (payloads and peers' words come masked),
// every page works without scripts and loads nothing from elsewhere, a page never
// changes anything unless a form of its own, sent from the same origin with its
// token, says so, and what is done goes through the same acts, roles and audit log
// as the admin API. It keeps no state but the key of its form tokens, which a
// restart renews. Texts are internal/i18n's.
package console

import (
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"duijie/internal/access"
	"duijie/internal/i18n"
)

//go:embed templates assets
var files embed.FS

// Config is what the console stands on.
type Config struct {
	Gateway Gateway
	Admins  access.List // none: whoever reaches the console is an operator
	Lang    string      // zh (default) or en, where a browser does not say
	Log     *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Console serves the pages; it is an http.Handler for the root of the admin listener.
type Console struct {
	gw     Gateway
	admins access.List
	lang   i18n.Lang
	log    *slog.Logger
	now    func() time.Time
	key    []byte // of the form tokens
	origin *http.CrossOriginProtection
	pages  pages
	mux    *http.ServeMux
}

// New reads the embedded templates and draws the key of this process.
func New(cfg Config) (*Console, error) {
	if cfg.Gateway == nil {
		return nil, errors.New("console: no gateway given")
	}
	c := &Console{gw: cfg.Gateway, admins: cfg.Admins, lang: i18n.Pick(cfg.Lang), log: cfg.Log, now: cfg.Now,
		key: make([]byte, keyBytes), origin: http.NewCrossOriginProtection(), mux: http.NewServeMux()}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if _, err := rand.Read(c.key); err != nil {
		return nil, fmt.Errorf("console: draw key: %w", err)
	}
	var err error
	if c.pages, err = parsePages(); err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	c.routes()
	return c, nil
}

// routes has one line a page.
func (c *Console) routes() {
	c.mux.HandleFunc("GET /{$}", c.signedIn(c.overview))
	c.mux.HandleFunc("GET /deadlines", c.signedIn(c.due))
	c.mux.HandleFunc("GET /deliveries", c.signedIn(c.list))
	c.mux.HandleFunc("GET /deliveries/{receipt}", c.signedIn(c.detail))
	c.mux.HandleFunc("POST /deliveries/{receipt}/{act}", c.signedIn(c.act))
	c.mux.HandleFunc("GET /login", c.loginPage)
	c.mux.HandleFunc("POST /login", c.login)
	c.mux.HandleFunc("POST /logout", c.signedIn(c.logout))
	c.mux.HandleFunc("GET /assets/{file}", c.asset)
	c.mux.HandleFunc("/", c.signedIn(c.notFound))
}

// policy lets a page load its own styles and send its own forms, nothing else.
const policy = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if lang := r.URL.Query().Get("lang"); lang == string(i18n.ZH) || lang == string(i18n.EN) {
		http.SetCookie(w, &http.Cookie{Name: langCookie, Value: lang, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: yearSeconds})
		r.AddCookie(&http.Cookie{Name: langCookie, Value: lang})
	}
	c.mux.ServeHTTP(w, r)
}

const (
	langCookie  = "duijie_lang"
	yearSeconds = 365 * 24 * 60 * 60
)

// langOf is what ?lang= said, now or earlier, else what the browser prefers.
func (c *Console) langOf(r *http.Request) i18n.Lang {
	if all := r.CookiesNamed(langCookie); len(all) > 0 {
		switch last := i18n.Lang(all[len(all)-1].Value); last {
		case i18n.ZH, i18n.EN:
			return last
		}
	}
	return i18n.Match(r.Header.Get("Accept-Language"), c.lang)
}

// asset serves the embedded styles.
func (c *Console) asset(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.ServeFileFS(w, r, files, "assets/"+r.PathValue("file"))
}
