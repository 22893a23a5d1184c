package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"duijie/internal/i18n"
	"duijie/internal/queue"
)

// longestText bounds what an operator may write.
const longestText = 1000

// act does what a form says, then shows the delivery again; a resend shows the new one.
func (c *Console) act(w http.ResponseWriter, r *http.Request, p who) {
	name, receipt := r.PathValue("act"), r.PathValue("receipt")
	a, ok := acts[name]
	if !ok {
		c.notFound(w, r, p)
		return
	}
	say := func(key string) string { return i18n.Say(c.langOf(r), key) }
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	switch {
	case !p.mayAct():
		c.refuse(w, r, p, http.StatusForbidden, say("act.viewer"))
		return
	case a.sure && r.PostFormValue("sure") != "1":
		c.refuse(w, r, p, http.StatusUnprocessableEntity, say("error.confirm"))
		return
	case a.reason && reason == "" || len(reason) > longestText:
		c.refuse(w, r, p, http.StatusUnprocessableEntity, say("error.reason"))
		return
	}
	acted, err := c.do(r.Context(), name, receipt, reason, strings.TrimSpace(r.PostFormValue("localRef")), r.PostFormValue("lane") == "1", p)
	if err == nil {
		err = acted.Err
	}
	if err != nil {
		c.fail(w, r, p, err)
		return
	}
	if name == "resend" && len(acted.Receipts) > 0 {
		receipt = acted.Receipts[len(acted.Receipts)-1]
	}
	http.Redirect(w, r, "/deliveries/"+url.PathEscape(receipt)+"?done="+name, http.StatusSeeOther)
}

func (c *Console) do(ctx context.Context, name, receipt, reason, localRef string, lane bool, p who) (queue.Acted, error) {
	switch name {
	case "ack":
		return c.gw.Ack(ctx, p.Operator, receipt, localRef, reason)
	case "skip":
		return c.gw.Skip(ctx, p.Operator, receipt, reason)
	case "cancel":
		return c.gw.Cancel(ctx, p.Operator, receipt, reason, lane)
	case "resend":
		return c.gw.Resend(ctx, p.Operator, receipt, reason)
	}
	return c.gw.Retry(ctx, p.Operator, receipt)
}
