package i18n

import "strings"

// Type gives the name of a message type; an unknown one is itself.
func Type(l Lang, code string) string { return lookup(types, l, code) }

// Trouble gives the words for a unit's trouble by its cause.
func Trouble(l Lang, cause string) string {
	if t, ok := troubles[cause]; ok {
		return t.In(l)
	}
	if status, ok := strings.CutPrefix(cause, "status-"); ok {
		return Text{"对方返回状态码 ", "the peer answers with status "}.In(l) + status
	}
	return cause
}

// troubles are the causes for which a unit, not its messages, needs a person.
var troubles = map[string]Text{
	"status-401":        {"对方不接受我方凭据（401），请检查密钥或口令", "the peer does not take our credentials (401); check key or password"},
	"status-403":        {"对方拒绝访问（403），请检查授权或白名单", "the peer denies access (403); check permissions or its allow list"},
	"status-404":        {"对方没有该地址（404），请检查接口地址", "the peer has no such address (404); check the URL"},
	"status-405":        {"对方不接受该方法（405），请检查接口设置", "the peer does not take the method (405); check the route"},
	"status-407":        {"代理要求认证（407）", "a proxy asks for authentication (407)"},
	"redirect":          {"对方转向其他地址，请检查接口地址", "the peer redirects elsewhere; check the URL"},
	"tls":               {"对方证书校验失败", "the peer's certificate does not verify"},
	"host-not-allowed":  {"目标主机不在允许范围内", "the target host is not allowed"},
	"unreadable":        {"对方连续给出无法读取的应答，可能是登录页或防护页", "unreadable answers in a row: perhaps a login or firewall page"},
	"signature":         {"对方的签名未通过校验", "the peer's signature does not verify"},
	"auth":              {"无法取得访问凭据", "no access token to be had"},
	"network":           {"连续多次连不上对方", "the peer cannot be reached, several times in a row"},
	"timeout":           {"对方连续多次没有按时应答", "the peer does not answer in time, several times in a row"},
	"status":            {"对方连续多次应答失败", "the peer fails, several times in a row"},
	"pages-without-end": {"列表没有结尾，请检查省份包的 pages.until", "the list has no end; check the pack's pages.until"},
	"pack":              {"省份包无法编译，正在使用上一个可用版本或等待修复", "the pack does not compile; the last good one is used, or messages wait"},
}

// types names the message types.
var types = map[string]Text{
	"case.delegated":              {"委派委托案件", "Case delegated"},
	"case.accepted":               {"受理", "Accepted"},
	"case.rejected":               {"不予受理", "Rejected"},
	"case.withdrawn":              {"撤回", "Withdrawn"},
	"case.reassigned":             {"改派", "Reassigned"},
	"case.materials.requested":    {"要求补充材料", "Materials requested"},
	"case.materials.supplied":     {"补充材料", "Materials supplied"},
	"case.progress":               {"办理进展", "Progress"},
	"case.extension.requested":    {"申请延期", "Extension requested"},
	"case.extension.decided":      {"延期决定", "Extension decided"},
	"case.closed":                 {"办结", "Closed"},
	"case.registered":             {"自行受理登记", "Own case registered"},
	"case.registered.receipted":   {"登记回执", "Registration receipted"},
	"case.escalated":              {"重大集体争议上报", "Escalated"},
	"case.dossier.requested":      {"调取办理情况", "Dossier requested"},
	"case.dossier.supplied":       {"提供办理情况", "Dossier supplied"},
	"av.session.requested":        {"申请音视频调解", "AV session requested"},
	"av.session.scheduled":        {"音视频排期", "AV session scheduled"},
	"av.session.changed":          {"音视频变更", "AV session changed"},
	"av.session.ended":            {"音视频结束", "AV session ended"},
	"confirmation.requested":      {"申请司法确认", "Confirmation requested"},
	"confirmation.decided":        {"司法确认决定", "Confirmation decided"},
	"paper.requested":             {"申请调解书", "Paper requested"},
	"paper.decided":               {"调解书决定", "Paper decided"},
	"arbitration.review.reported": {"仲裁审查", "Arbitration review"},
	"roster.org.submitted":        {"组织名册推送", "Organisation submitted"},
	"roster.org.changed":          {"组织信息变更", "Organisation changed"},
	"roster.org.decided":          {"组织名册确认", "Organisation decided"},
	"roster.org.removed":          {"组织移出名册", "Organisation removed"},
	"roster.mediator.submitted":   {"调解员名册推送", "Mediator submitted"},
	"roster.mediator.changed":     {"调解员信息变更", "Mediator changed"},
	"roster.mediator.decided":     {"调解员名册确认", "Mediator decided"},
	"roster.mediator.removed":     {"调解员移出名册", "Mediator removed"},
	"roster.digest":               {"名册核对摘要", "Roster digest"},
	"roster.difference":           {"名册差异", "Roster difference"},
	"expert.submitted":            {"专家推送", "Expert submitted"},
	"expert.changed":              {"专家信息变更", "Expert changed"},
	"expert.decided":              {"专家名单确定", "Expert decided"},
	"expert.removed":              {"专家移出", "Expert removed"},
	"expert.requested":            {"申请专家", "Expert requested"},
	"expert.assigned":             {"指派专家", "Expert assigned"},
	"account.requested":           {"申请账号", "Account requested"},
	"account.opened":              {"账号开通", "Account opened"},
	"account.changed":             {"账号变更", "Account changed"},
	"account.suspended":           {"账号停用", "Account suspended"},
	"stats.period.reported":       {"统计上报", "Statistics reported"},
	"stats.bulletin":              {"定期通报", "Bulletin"},
	"report.submitted":            {"经验与困难上报", "Report submitted"},
	"report.answered":             {"上报答复", "Report answered"},
	"guidance.published":          {"培训与业务指导", "Guidance published"},
	"case.docketed":               {"立案告知", "Docketed"},
	"unit.mode.changed":           {"对接方式切换", "Mode changed"},
	"delivery.reported":           {"投递结果告知", "Delivery reported"},
	"test.ping":                   {"联调测试", "Test ping"},
}
