package console_test

import (
	"fmt"
	"strings"
	"testing"

	"duijie/internal/gateway"
)

func TestDeadlinesSayWhatIsLateAndHowLong(t *testing.T) {
	gw := night()
	gw.gaps = []int{2027}
	b := open(t, gw, nil)
	page := b.get("/deadlines")
	wants(t, page, "已超期 2，将到期 2", "已超 8 天", "答复是否受理", "委派调解", "还剩 2 天", "自行受理调解", "申请司法确认", "已受理", "2026-11-22",
		`href="/deliveries?subject=%282026%29%E5%B7%9D0104%E8%AF%89%E5%89%8D%E8%B0%831%E5%8F%B7&amp;unit=510000"`, `href="/deliveries?q=SC-2026-77&amp;unit=510000"`,
		"第 1–4 项，共 4 项", "没有 2027 年的放假安排")
	if strings.Index(page, "诉前调1号") > strings.Index(page, "诉前调9号") {
		t.Error("what fell due first does not come first")
	}
	one := b.get("/deadlines?unit=320000&state=overdue")
	wants(t, one, "已超期 1，将到期 1", "诉前调8号", "第 1–1 项，共 1 项")
	if strings.Contains(one, "诉前调1号") || strings.Contains(one, "诉前调9号") {
		t.Error("the filter let others through")
	}
	wants(t, b.get("/deadlines?unit=none"), "没有超期或将到期的期限")
	wants(t, b.get("/deadlines?lang=en"), "2 overdue, 2 due soon", "8 d", "over", "Mediation before filing", "1–4 of 4", "has no 2027")
	wants(t, b.get("/?lang=zh"), "没有 2027 年的放假安排")
}

func TestDeadlinesArePaged(t *testing.T) {
	gw := empty()
	for i := range 120 {
		gw.due = append(gw.due, clock("510000", fmt.Sprintf("案%03d", i), "", "mediating", "mediate.pre", -10))
	}
	b := open(t, gw, nil)
	page := b.get("/deadlines?state=overdue")
	wants(t, page, "第 1–50 项，共 120 项", "案049", "/deadlines?from=50&amp;state=overdue")
	if strings.Contains(page, "案050") || strings.Contains(page, "回到最前") {
		t.Error("the first page shows more than its share")
	}
	wants(t, b.get("/deadlines?state=overdue&from=100"), "第 101–120 项，共 120 项", "案119", "回到最前")
	wants(t, b.get("/deadlines?from=x"), "案000")
	wants(t, b.get("/deadlines?from=-5"), "案000")
	wants(t, b.get("/deadlines?from=9999"), "没有超期或将到期的期限", "回到最前")
}

// A gateway that has just started has nothing to show yet, and says so.
func TestDeadlinesBeforeTheFirstCount(t *testing.T) {
	wants(t, open(t, fresh{empty()}, nil).get("/deadlines"), "刚启动")
}

type fresh struct{ *desk }

func (fresh) Due(gateway.DueFilter) gateway.DueList { return gateway.DueList{} }
