package i18n

// Reason gives the name of a hold reason and, in plain words, what to do about it.
func Reason(l Lang, code string) (name, todo string) { return lookupNamed(reasons, l, code) }

// Mark gives a mark's name and meaning.
func Mark(l Lang, code string) (name, meaning string) { return lookupNamed(marks, l, code) }

// State gives the name of a delivery's state.
func State(l Lang, code string) string { return lookup(states, l, code) }

// CaseState gives the name of a case's state.
func CaseState(l Lang, code string) string { return lookup(caseStates, l, code) }

// Direction gives the name of a direction.
func Direction(l Lang, code string) string { return lookup(directions, l, code) }

// Outcome gives the name of an attempt's outcome.
func Outcome(l Lang, code string) string { return lookup(outcomes, l, code) }

// AttemptCode gives the words for an attempt's code; a rule's own code is itself.
func AttemptCode(l Lang, code string) string { return lookup(attemptCodes, l, code) }

// Mode gives the name of a unit's mode.
func Mode(l Lang, code string) string { return lookup(modes, l, code) }

// UnitStatus gives the name of a unit's status.
func UnitStatus(l Lang, code string) string { return lookup(unitStatuses, l, code) }

// Clock gives the name of a case's deadline.
func Clock(l Lang, code string) string { return lookup(clocks, l, code) }

// Reasons, Marks and States list the codes, in the contract's order, for menus and tests.
func Reasons() []string {
	return []string{"mapping", "refused", "contradiction", "exclusive", "contested", "xref-unknown", "ack-missing", "row-vanished",
		"after-restore", "case-cancelled", "material-missing", "unreadable", "placeholder", "expression", "panic", "reissued", "unknown"}
}

// Marks lists every mark.
func Marks() []string {
	return []string{"early", "late", "unasked", "unseen", "reissued", "overtaken", "late-ack", "content-differs", "possibly-sent", "no-local-id", "elsewhere",
		"refused-later", "other-local-id"}
}

// States lists every state of a delivery.
func States() []string {
	return []string{"queued", "sending", "awaiting", "held", "acked", "cancelled"}
}

var reasons = map[string]Named{
	"mapping": {Text{"无法转换", "Could not be translated"},
		Text{"对照表无法转换此报文，或转换结果不符合国家规范。修正省份包后重新加载，再重试。", "The mapping could not translate it, or the result breaks the national schema. Repair the pack, reload, then retry."}},
	"refused": {Text{"对方拒收", "Refused by the receiver"},
		Text{"查看最近一次尝试，与对方系统联系；排除原因后重试，或在告知平台后取消。", "Read the last attempt and talk to the receiver; retry once the cause is gone, or cancel, which tells the platform."}},
	"contradiction": {Text{"与已有结论相反", "Contradicts what stands"},
		Text{"受理与不予受理前后矛盾。核实以哪个为准：放行请重试，作废请取消。", "Accepted and rejected contradict each other. Find out which holds: retry to let it pass, cancel to end it."}},
	"exclusive": {Text{"同一协议重复申请", "Second request for one agreement"},
		Text{"同一调解协议已申请司法确认、调解书或仲裁审查之一。核实后重试或取消。", "One agreement already has a request for confirmation, paper or review. Check, then retry or cancel."}},
	"contested": {Text{"案号有争议", "Case id contested"},
		Text{"两个案件对应同一本地案号，双方报文均已停止，以免串案。核实后用管理接口绑定或解除案号（操作手册“绑定案号”），之后自动继续。", "Two cases claim one local id, and nothing of either passes. Find out whose it is, then bind or retire the id by the admin API; both go on by themselves."}},
	"xref-unknown": {Text{"找不到对应案号", "Id not known"},
		Text{"等待对应案号超时。确认案号后用管理接口绑定（操作手册“绑定案号”），报文会自动继续。", "The matching case id did not arrive in time. Bind it by the admin API, and the message goes on by itself."}},
	"ack-missing": {Text{"未见回执", "Acknowledgement missing"},
		Text{"已发出，但超时仍无回执，也无法查询。请电话确认：已收到则人工确认，未收到则重试。", "It was sent, but no acknowledgement came and none can be asked for. Ask by phone: got it, acknowledge by hand; did not, retry."}},
	"row-vanished": {Text{"写入的行不见了", "Inserted row has vanished"},
		Text{"写入前置库的记录已消失，不会自动重写。请向对方确认是否已取走，再确认或重试。", "The row written to the exchange tables is gone and is not written again. Ask whether it was taken, then acknowledge or retry."}},
	"after-restore": {Text{"恢复后待核实", "To be checked after a restore"},
		Text{"从备份恢复后无法判断是否已发送。请向对方确认，再人工确认或重试。", "After a restore nobody knows whether it was sent. Ask the receiver, then acknowledge or retry."}},
	"case-cancelled": {Text{"案件的推送已取消", "Case was cancelled"},
		Text{"该案件的委派已被取消，后续报文停留在此。请逐一取消，或在重新推送后重试。", "The case's delegation was cancelled and its followers stay here. Cancel them, or retry after a new push."}},
	"material-missing": {Text{"缺少材料", "Material missing"},
		Text{"报文所列附件在 24 小时内未上传。请联系发送方补传，传到后自动继续，不必重试。", "An attachment that the message names was not put within 24 hours. Ask the sender for it: once it is there, the message goes on by itself."}},
	"unreadable": {Text{"无法读取", "Unreadable"},
		Text{"本地系统给出的内容无法按约定解析，已原样保存。请对方更正后重发，此条可取消。", "What the local system gave cannot be read; it is kept as it came. Have it corrected and sent anew; this one may be cancelled."}},
	"placeholder": {Text{"占位符无值", "Placeholder without a value"},
		Text{"地址、文件名或请求头所需的值在报文中不存在。检查省份包的路由设置，再重试。", "An address, file name or header needs a value that the message lacks. Check the pack's route, then retry."}},
	"expression": {Text{"规则出错", "Rule failed"},
		Text{"省份包中的表达式求值失败。修正后重新加载，再重试。", "An expression of the pack failed. Repair it, reload, then retry."}},
	"panic": {Text{"程序异常", "Program fault"},
		Text{"处理这份报文时程序异常，其他报文不受影响。请保留日志并报告，再重试。", "The program failed on this one message; the others go on. Keep the log, report it, then retry."}},
	"reissued": {Text{"标识相同而内容不同", "Same id, other content"},
		Text{"本地系统以相同标识给出了不同内容，按设置停留。核实后重试或取消。", "The local system gave other content under a known id, and the pack says to hold it. Check, then retry or cancel."}},
	"unknown": {Text{"结果不明", "Outcome unknown"},
		Text{"不知对方是否已收到，且无法查询。请电话确认：已收到则人工确认，未收到则重试。", "Whether the receiver has it is unknown and cannot be asked. Ask by phone: got it, acknowledge by hand; did not, retry."}},
	"operator": {Text{"由操作员取消", "Cancelled by an operator"},
		Text{"操作员已取消此投递，原因见审计日志。", "An operator cancelled it; the audit log has the reason."}},
}

var marks = map[string]Named{
	"early":           {Text{"早到", "Early"}, Text{"在受理之前到达，等待后放行", "came before the acceptance and went after waiting"}},
	"late":            {Text{"迟到", "Late"}, Text{"在办结或撤回之后到达", "came after the case was closed or withdrawn"}},
	"unasked":         {Text{"未申请", "Unasked"}, Text{"有决定而未见对应的申请", "a decision without the matching request"}},
	"unseen":          {Text{"首次见到", "Unseen"}, Text{"网关此前没有该案件的记录", "the gateway never saw this case before"}},
	"reissued":        {Text{"重发", "Reissued"}, Text{"标识相同而内容不同，作为新报文处理", "known id with other content, taken as its own message"}},
	"overtaken":       {Text{"被越过", "Overtaken"}, Text{"后面的报文先于它发送", "later messages went before it"}},
	"late-ack":        {Text{"回执迟来", "Acknowledgement late"}, Text{"超过时限仍在等待回执", "the acknowledgement is overdue"}},
	"content-differs": {Text{"内容有别", "Content differs"}, Text{"对方已有同一报文，但内容不同", "the receiver has it with other content"}},
	"possibly-sent":   {Text{"可能已发送", "Possibly sent"}, Text{"备份恢复前可能已发送", "may have been sent before the restore"}},
	"no-local-id":     {Text{"无本地案号", "No local id"}, Text{"对方确认收到，但未给出案号", "acknowledged without a local id"}},
	"refused-later":   {Text{"事后拒收", "Refused later"}, Text{"已确认或已取消之后，对方又说拒收", "the receiver refused it after it had been acknowledged or cancelled"}},
	"other-local-id":  {Text{"另有案号", "Another local id"}, Text{"已确认或已取消之后，对方又给出另一案号", "after it had ended the receiver named another local id"}},
	"elsewhere":       {Text{"他处未结", "Open elsewhere"}, Text{"同一案件在另一对接单位尚未办结", "the same case is open in another unit"}},
}

var states = map[string]Text{
	"queued": {"待发送", "Queued"}, "sending": {"发送中", "Sending"}, "awaiting": {"待回执", "Awaiting"},
	"held": {"待人工", "Held"}, "acked": {"已确认", "Acknowledged"}, "cancelled": {"已取消", "Cancelled"},
}

var directions = map[string]Text{
	"to-local": {"下行 → 地方", "Down → local"}, "to-national": {"上行 → 国家", "Up → national"},
	"source": {"从地方取件", "Fetching from local"}, // of a unit's trouble
}

var outcomes = map[string]Text{
	"acknowledged": {"已确认", "acknowledged"}, "awaiting": {"待回执", "awaiting"}, "transient": {"暂时失败，将重试", "transient"},
	"unknown": {"结果不明", "unknown"}, "permanent": {"拒收", "permanent"}, "trouble": {"单位故障", "unit trouble"},
}

var attemptCodes = map[string]Text{
	"network": {"网络连接失败", "network"}, "timeout": {"超时", "timeout"}, "status": {"状态码", "status"},
	"rule": {"按回执规则", "by a rule"}, "unreadable": {"应答无法读取", "unreadable answer"},
	"mapping": {"转换失败", "translation failed"}, "placeholder": {"占位符无值", "placeholder without value"},
}

var modes = map[string]Text{
	"resident": {"入驻", "Resident"}, "parallel": {"并行", "Parallel"}, "docked": {"对接", "Docked"},
}

var unitStatuses = map[string]Text{
	"ok": {"正常", "OK"}, "trouble": {"故障", "Trouble"}, "paused": {"已暂停", "Paused"}, "broken": {"省份包损坏", "Pack broken"},
}

var caseStates = map[string]Text{
	"delegated": {"已委派", "Delegated"}, "accepted": {"已受理", "Accepted"}, "rejected": {"不予受理", "Rejected"},
	"mediating": {"调解中", "Mediating"}, "suspended": {"中止", "Suspended"}, "withdrawn": {"已撤回", "Withdrawn"},
	"closed": {"已办结", "Closed"}, "confirming": {"司法确认中", "Confirming"}, "confirmed": {"已确认有效", "Confirmed"},
	"refused": {"未获准", "Refused"}, "paper_requested": {"申请调解书中", "Paper requested"}, "paper_issued": {"已出具调解书", "Paper issued"},
	"arbitration_review": {"仲裁审查中", "Arbitration review"}, "reviewed": {"审查完毕", "Reviewed"},
}

var clocks = map[string]Text{
	"accept": {"答复是否受理", "Answer to the delegation"}, "mediate.pre": {"委派调解", "Mediation before filing"},
	"mediate.ordinary": {"委托调解（普通程序）", "Mediation, ordinary procedure"}, "mediate.summary": {"委托调解（简易程序）", "Mediation, summary procedure"},
	"mediate.own": {"自行受理调解", "Mediation of an own case"}, "confirm": {"申请司法确认", "Request for confirmation"},
	"review": {"申请仲裁审查", "Report for arbitration review"}, "extension": {"答复延期申请", "Answer to an extension"},
}
