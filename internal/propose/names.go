package propose

import "strings"

// word is what people call a national field: pinyin abbreviations (拼音首字母) and Chinese words.
type word struct {
	nat   string // a field, or the end of a path, in dots
	local string // spellings, by blanks
}

// words is invented after what tables of courts and human-resources departments
// commonly use; no published list stands behind it. The more exact path comes first.
func words() []word {
	return []word{
		{"caseNo", "ajbh wbbh wbajbh gjajbh 案件编号 外部编号"},
		{"localCaseNo", "bdajbh slbh sldjh 受理编号"},
		{"courtCaseNo", "fyah ah fyajh 法院案号 案号"},
		{"cause.raw", "yay yddm 原案由"},
		{"cause.edition", "aybb bb 案由版本"},
		{"delegation", "wplx wtlx 委派类型"},
		{"procedure", "sycx 适用程序"},
		{"court.code", "fydm fybh fybm 法院代码"},
		{"court.name", "fymc 法院名称"},
		{"court.judge", "cbr cbfg 承办人 承办法官"},
		{"court.phone", "cbrdh fydh 承办人电话"},
		{"cause.code", "aydm 案由代码"},
		{"cause.name", "aymc ay 案由 案由名称"},
		{"category", "ajlb zylx zylb 案件类别 争议类型"},
		{"delegatedAt", "wprq wpsj 委派日期 委派时间"},
		{"consentAt", "tyrq tysj 同意日期"},
		{"filedAt", "larq sqrq djrq 立案日期 申请日期 登记日期"},
		{"acceptedAt", "slrq slsj 受理日期 受理时间"},
		{"rejectedAt", "bysl bslrq 不予受理日期"},
		{"withdrawnAt", "chsj chrq 撤回时间 撤回日期"},
		{"closedAt", "jarq jasj 结案日期 结案时间"},
		{"registeredAt", "djsj 登记时间"},
		{"at", "fssj czsj sj 发生时间"},
		{"by", "chf 撤回方"},
		{"reason", "yy ly chyy jayy jafs 原因 理由 结案方式"},
		{"facts", "ssly ssyly ssylly jbqk 事实与理由 基本情况"},
		{"amount", "bdje bde sjje je 标的额 标的金额 金额"},
		{"remark", "bz 备注"},
		{"org.code", "tjzzdm tjzzbh zzbm zzbh zzdm jgdm 调解组织代码"},
		{"org.name", "tjzzmc zzmc jgmc 调解组织名称"},
		{"id", "bh dsrbh clbh dlrbh xh id 编号"},
		{"code", "dm bm 代码"},
		{"no", "xh 序号"},
		{"kind", "lx dsrlx lb 类型"},
		{"role", "ssdw dw 诉讼地位"},
		{"name", "xm mc dsrxm dsrmc clmc 姓名 名称"},
		{"idType", "zjlx 证件类型"},
		{"idNumber", "sfzh sfzhm zjhm zjh 身份证号 身份证号码 证件号码"},
		{"gender", "xb 性别"},
		{"birthday", "csrq 出生日期"},
		{"nation", "mz 民族"},
		{"phone", "lxdh dh sjh sjhm 联系电话 电话 手机号"},
		{"district", "xzqh 行政区划"},
		{"address.region", "xzqh xzqhdm 行政区划"},
		{"address.detail", "dz zz xxdz lxdz 地址 住址 详细地址"},
		{"serviceAddress", "sddz 送达地址"},
		{"serviceConsent", "tydzsd 同意电子送达"},
		{"uscc", "tyshxydm xydm 统一社会信用代码"},
		{"legalRep", "fddbr frdb 法定代表人"},
		{"orgKind", "dwlx qylx 单位类型"},
		{"industry", "hy 行业"},
		{"employment.from", "rzrq 入职日期"},
		{"employment.to", "lzrq 离职日期"},
		{"employment.post", "gw 岗位"},
		{"employment.monthlyWage", "ygz yxgz 月工资"},
		{"employment.contract", "htqk 合同情况"},
		{"type", "lx qqlx cllx 请求类型 材料类型"},
		{"text", "nr qqnr sm 内容 请求内容 说明"},
		{"from", "qsrq ksrq 开始日期"},
		{"to", "jzrq jsrq 截止日期 结束日期"},
		{"firm", "lsmc lssws 律师事务所"},
		{"authority", "dlqx 代理权限"},
		{"size", "wjdx dx 文件大小"},
		{"sha256", "wjzy zy hash 文件摘要"},
		{"mediaType", "wjlx gs 文件类型 格式"},
		{"summary", "zy gy 摘要"},
	}
}

// lists are what people call a list or a group of the national side; a role behind
// the name selects.
func lists() []word {
	return []word{
		{"parties[role=applicant]", "sqr sqrlist sqrxx 申请人"},
		{"parties[role=respondent]", "bsqr bsqrlist bsqrxx 被申请人"},
		{"parties[role=third]", "dsf dsr 第三人"},
		{"parties", "dsrlist dsrxx dsrs parties 当事人"},
		{"agents", "dlr dlrlist dlrxx 代理人"},
		{"claims", "qq qqlist tjqq zcqq 请求 调解请求"},
		{"materials", "cl cllist clxx fj 材料 附件"},
		{"mediators", "tjy tjylist 调解员"},
		{"representatives", "dbr 代表人"},
		{"items", "mx mxlist 明细"},
		{"court", "fy fyxx 法院"},
		{"org", "tjzz zz 调解组织"},
		{"cause", "ay ayxx 案由"},
		{"address", "dz dzxx 地址"},
		{"employment", "ldgx ygxx 劳动关系"},
	}
}

// plain is a name without what spellings differ in.
func plain(name string) string {
	name = strings.TrimPrefix(name, "@")
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(name))
}

// calls tells whether a word's local spellings hold the name or the label.
func (w word) calls(name, label string) bool {
	for _, s := range strings.Fields(w.local) {
		if s == plain(name) || label != "" && s == strings.TrimSpace(label) {
			return true
		}
	}
	return false
}
