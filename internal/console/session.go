package console

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"

	"github.com/emmansun/gmsm/sm3"

	"duijie/internal/access"
	"duijie/internal/gateway"
	"duijie/internal/i18n"
)

const (
	keyBytes     = 32
	tokenCookie  = "duijie_token"
	shiftSeconds = 12 * 60 * 60 // a working shift, then the token is asked for again
	formToken    = "csrf"
	maxForm      = 64 << 10
)

// who is looking at a page.
type who struct {
	gateway.Operator
	token string // of the cookie; empty where no admins are configured
}

func (p who) mayAct() bool { return access.Role(p.Role).Allows(access.Operator) }

// handler is a page for somebody who is known.
type handler func(w http.ResponseWriter, r *http.Request, p who)

// signedIn asks for the token where admins are configured, and a state change for
// the same origin and this process's form token.
func (c *Console) signedIn(next handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p, ok := c.identify(r)
		if !ok {
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if c.origin.Check(r) != nil || !hmac.Equal([]byte(r.PostFormValue(formToken)), []byte(c.formToken(p))) {
				c.refuse(w, r, p, http.StatusForbidden, i18n.Say(c.langOf(r), "error.form"))
				return
			}
		}
		next(w, r, p)
	}
}

func (c *Console) identify(r *http.Request) (who, bool) {
	if len(c.admins) == 0 {
		return who{Operator: gateway.Operator{Name: "local", Role: string(access.Operator)}}, true
	}
	cookie, err := r.Cookie(tokenCookie)
	if err != nil {
		return who{}, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	if err != nil {
		return who{}, false
	}
	person, ok := c.admins.Find(string(raw))
	return who{gateway.Operator{Name: person.Name, Role: string(person.Role)}, string(raw)}, ok
}

// formToken is bound to this process and this person's token: a foreign page can
// neither read nor compute it.
func (c *Console) formToken(p who) string {
	m := hmac.New(sm3.New, c.key)
	m.Write([]byte(p.token))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request) {
	if _, ok := c.identify(r); ok {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	c.show(w, r, who{}, http.StatusOK, "login", "login.title", "")
}

// login keeps a valid token in a cookie that scripts and other sites never get.
func (c *Console) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	token := r.PostFormValue("token")
	person, ok := c.admins.Find(token)
	if c.origin.Check(r) != nil || !ok {
		c.log.Warn("console sign-in refused")
		c.show(w, r, who{}, http.StatusUnauthorized, "login", "login.title", i18n.Say(c.langOf(r), "login.bad"))
		return
	}
	c.log.Info("console sign-in", "operator", person.Name)
	c.setToken(w, r, base64.RawURLEncoding.EncodeToString([]byte(token)), shiftSeconds)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (c *Console) logout(w http.ResponseWriter, r *http.Request, _ who) {
	c.setToken(w, r, "", -1)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func (c *Console) setToken(w http.ResponseWriter, r *http.Request, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: tokenCookie, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode})
}
