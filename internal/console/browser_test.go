package console_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"
)

// tab is a page of a real browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// chromium starts a real browser; where there is none the test skips, but not in CI.
func chromium(t *testing.T) tab {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no chromium: the pages cannot be looked at")
		}
		t.Skip("no chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-sync", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "zh-CN"), chromedp.WindowSize(1400, 1000))
	const limit = 2 * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, _ = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("close browser: %v", err)
		}
	})
	return tab{t, ctx}
}

func (b tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// says checks that an element's text contains want.
func (b tab) says(selector, want string) {
	b.t.Helper()
	got, err := chromedp.Run(b.ctx, chromedp.Text(selector))
	if err != nil {
		b.t.Fatal(err)
	}
	if !strings.Contains(got, want) {
		b.t.Errorf("%s says %q, not %q", selector, got, want)
	}
}

// picture keeps a screenshot where DUIJIE_SCREENSHOTS names a folder.
func (b tab) picture(name string) {
	b.t.Helper()
	dir := os.Getenv("DUIJIE_SCREENSHOTS")
	if dir == "" {
		return
	}
	const png = 100
	raw, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(png))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// An operator comes in at night, sees what is stuck, finds out why, and mends it.
func TestOperatorFindsWhatIsStuckAndRetriesIt(t *testing.T) {
	page := chromium(t)
	gw := night()
	b := open(t, gw, people(t))
	page.do(chromedp.Navigate(b.base+"/login?lang=zh"), chromedp.WaitVisible(`input[name=token]`))
	page.picture("login")
	page.do(chromedp.SendKeys(`input[name=token]`, "olga-token\r"), chromedp.WaitVisible(`.health`))
	page.picture("overview")
	page.says(`.health`, "3 件投递待人工处理")
	page.do(chromedp.Click(`article.stuck header a[href*="reason=refused"]`), chromedp.WaitVisible(`table.rows`))
	page.picture("list")
	page.says(`.note.todo`, "查看最近一次尝试")
	page.do(chromedp.Click(`table.rows tbody td:nth-child(2) a`), chromedp.WaitVisible(`#retry`))
	page.picture("detail")
	page.says(`article.stuck`, "对方拒收")
	page.do(chromedp.Click(`#retry`), chromedp.WaitVisible(`.note.good`))
	page.says(`.note.good`, "已重新排队")
	page.says(`.head .state`, "待发送")
	if d := cmp.Diff([]string{"olga retry " + heldReceipt}, gw.Acts()); d != "" {
		t.Error(d)
	}
	page.do(chromedp.Navigate(b.base+"/deliveries"), chromedp.WaitVisible(`table.rows`))
	page.picture("all")
}

// The browser itself insists on the box before anything is cancelled.
func TestCancelNeedsTheBoxTicked(t *testing.T) {
	page := chromium(t)
	gw := night()
	b := open(t, gw, nil)
	page.do(chromedp.Navigate(b.base+"/deliveries/"+heldReceipt+"?lang=zh"), chromedp.Click(`.act.danger summary`), chromedp.WaitVisible(`.act.danger form`))
	page.picture("cancel")
	page.says(`.act.danger form`, "国家平台会被告知")
	page.do(chromedp.SendKeys(`.act.danger input[name=reason]`, "法院已撤回"), chromedp.Click(`.act.danger button`))
	if acts := gw.Acts(); len(acts) != 0 {
		t.Fatalf("cancelled without the box: %v", acts)
	}
	page.do(chromedp.Click(`.act.danger input[name=sure]`), chromedp.Click(`.act.danger button`), chromedp.WaitVisible(`.note.good`))
	if d := cmp.Diff([]string{"local cancel " + heldReceipt}, gw.Acts()); d != "" {
		t.Error(d)
	}
}

// Who watches deadlines sees first what fell due first, and comes to the case.
func TestOperatorSeesWhatIsOverdueAndOpensTheCase(t *testing.T) {
	page := chromium(t)
	gw := night()
	gw.gaps = []int{2027}
	b := open(t, gw, nil)
	page.do(chromedp.Navigate(b.base+"/?lang=zh"), chromedp.WaitVisible(`.tiles`))
	page.picture("overview-calendar")
	page.do(chromedp.Click(`nav a[href="/deadlines"]`), chromedp.WaitVisible(`table.due`))
	page.picture("deadlines")
	page.says(`#counts`, "已超期 2，将到期 2")
	page.says(`#calendar`, "工作日日历没有 2027 年的放假安排")
	page.says(`table.due tbody tr:first-child`, "(2026)川0104诉前调1号")
	page.says(`table.due tbody tr:last-child`, "还剩 5 天")
	page.do(chromedp.Click(`table.due tbody tr:first-child td.subject a`), chromedp.WaitVisible(`form.filter input[name=subject]`))
	page.says(`table.rows tbody`, "(2026)川0104诉前调1号")
}
