package i18n

import (
	"maps"
	"slices"
)

// Finding says what a code of `mapping lint` means and what to do about it.
// An unknown code is its own text.
func Finding(l Lang, code string) string { return lookup(findings, l, code) }

// Findings lists the codes that have a text, sorted.
func Findings() []string { return slices.Sorted(maps.Keys(findings)) }

// findings has one row a code; the messages themselves, with names and places, are in package mapping.
var findings = map[string]Text{
	"syntax":       {"YAML 或路径写法有误，请按提示的位置改正。", "YAML or a path cannot be read: correct it at the place."},
	"unknown-key":  {"没有这个键，请检查拼写（提示给出最接近的名字）。", "There is no such key: check the spelling, the hint has the nearest."},
	"wrong-kind":   {"一条规则只能有一种形状、最多一种含义，或某键与该形状不配：请拆成多条或删去多余的键。", "A rule has one shape and at most one meaning: split it, or take away the key that does not belong."},
	"no-such-file": {"引用的表、规则组或模式文件不存在：请补上文件或改正名称。", "A table, group or schema that is named isn't there: add it or correct the name."},
	"bad-value":    {"取值不合法（时区、单位、范围等）：请改为允许的值。", "A value that the key cannot have, such as a zone, unit or range."},

	"no-such-path":   {"模式中没有这个字段：请检查路径，或先在 schemas/ 中补上。", "The schema has no such field: check the path, or add it to the schema."},
	"selector-value": {"选择条件或 when 中的常量不在该字段的取值范围内：请改用模式允许的值。", "A constant of a selector or when is outside the field's schema."},
	"type-clash":     {"两侧类型或取值对不上，直接照抄不行：请加 convert、codes、time 或 number。", "The two types cannot be joined by copying: add convert, codes, time or number."},

	"required-unmapped": {"目标侧必填字段没有规则写入：请补规则、const 或 default。", "No rule writes a required target field: add a rule, const or default."},
	"may-miss":          {"来源可缺而目标必填：请给 default，或确认来源总有值。", "An optional source feeds a required target: give a default."},
	"undeclared-loss":   {"来源字段无人承接也未声明舍弃：请补规则，或写 drop 并说明 why。", "No rule carries a source field: add one, or a drop with its why."},
	"selector-gap":      {"列表中有的取值没有任何规则选中：请补规则，或用 drop 写明舍弃。", "Elements that no selector takes: add a rule, or a drop that names them."},
	"written-twice":     {"两条规则写同一目标：请合并，或各加互斥的 when。", "Two rules write one target: join them, or give each a when that excludes the other."},
	"overlap":           {"两条规则会选中同一元素：请让选择条件互不重叠。", "Two selections can match one element: make them exclude each other."},

	"codes-missing":       {"代码表缺少字段可能取到的代码：请补行，或写 unknown。", "The table lacks a code of the field: add the row, or say unknown."},
	"codes-not-injective": {"同一方向上同一代码有两行：请给其中一行写 dir（> 或 <）。", "Two rows answer one code in a direction: give one of them a dir."},
	"codes-merge":         {"并码会丢失原代码：请写 lossy 和 why，或用 raw 保留；每个写出的代码须有一行能读回。", "A merge loses the code: say lossy with why, or keep it by raw; what is written needs a row that reads it."},
	"codes-unknown":       {"表中的代码不在任何使用它的字段取值内：请改正或删去。", "A code that no field of the table's rules can have."},
	"codes-unused":        {"这一行永远轮不到：前面的行已先匹配。", "An earlier row always answers first."},
	"codes-stale":         {"代码的有效期有重叠或空档：请核对 from、until。", "Rows overlap in time, or leave a gap: check from and until."},
	"codes-width":         {"数字代码长短不一，可能丢了前导 0：请核对（电子表格常吃掉前导 0）。", "Digit codes of unequal length: a spreadsheet may have eaten a leading zero."},

	"time-too-coarse":  {"对方格式存不下时分秒：请写 lossy 和 why，或换更细的格式。", "The pattern loses the time of day: say lossy with why, or use a finer one."},
	"time-bad-pattern": {"时间格式串有误：字母、重复单位或相连的变长数字。", "Unknown letters, a unit twice, or touching digits of variable length."},
	"number-overflow":  {"数值可能超出目标范围：请放宽模式，或写 lossy 和 why。", "A number can be outside the target's range."},
	"number-scale":     {"小数位可能被舍去：请加 scale，或写 lossy 和 why。", "Decimals can be lost: give a scale, or say lossy with why."},
	"text-too-long":    {"文本可能超过目标长度：请写 text.max 和 over，截断须声明 lossy。", "A text can be longer than the target: give text.max and over; cutting is lossy."},
	"join-ambiguous":   {"合并后拆不回来：除最后一部分外应是代码，或写 escape，或声明 lossy。", "The parts cannot be told apart again: use codes, escape, or say lossy."},
	"columns-range":    {"列表可能比列数长：请写 over（error、cut 或 join）。", "The list can be longer than the columns: say over."},

	"when-undecidable": {"回程时无法判断 when：所用字段须有双向、无损且无 when 的规则。", "when cannot be decided on the way back: its fields need two-way rules without loss."},
	"expr":             {"表达式有误：请看位置；小数和金额不能做算术。", "An expression is wrong; decimals take no arithmetic."},
	"direction":        {"规则在本文件的方向上永远不会执行：请改 direction。", "The rule can never run: check the directions."},
	"use-cycle":        {"use 互相引用成环：请拆开。", "Rules include each other in a circle."},

	"const-violates":     {"常量不符合目标模式：请改常量或模式。", "A constant is outside the target's schema."},
	"none-violates":      {"“无值”的写法不符合目标模式：请换一种写法。", "A spelling of no value is outside the target's schema."},
	"default-violates":   {"default 不符合目标模式：请改值。", "A default is outside the target's schema."},
	"none-unspeakable":   {"该报文格式写不出这种“无值”（例如 csv 没有 null）。", "The codec cannot write this spelling of no value."},
	"none-collides":      {"真实的值会被当作“无值”：请改 none 或代码。", "A real value would be read as no value."},
	"default-unreadable": {"双向的 default 读不回来：请改值或限定方向。", "A two-way default does not read back."},

	"xref-unknown":     {"没有这种编号类别：请改用内置类别，或在 pack.yaml 的 xref 中声明。", "No such kind of id: use a built-in one or declare it."},
	"key-missing":      {"按案件区分的编号没有任何 key 定义：请在 each 或 columns 上写 key。", "Ids within a case need a key on each or columns."},
	"subject-unmapped": {"上行报文没有写出其主键（如 caseNo）：请补规则。", "An upward message writes no key of its type."},
	"direction-type":   {"方向与该报文类型的走向相反：确认是否有意为之。", "The file runs against the way of its type."},
	"local-shared":     {"两种上行报文共用一种本地报文而没有区分字段：请用 const 区分。", "Two upward types share a local message without a discriminator."},

	"why-missing":     {"有损失而没有写 why：请写明缘由，供核查。", "A loss without a reason: write why."},
	"lossy-needless":  {"这里不会有损失：可删去 lossy。", "Nothing can be lost here: take lossy away."},
	"wide-drop":       {"“*” 会舍弃所有其余字段：最好逐一列名。", `"*" drops all the rest: better name the fields.`},
	"fixture-missing": {"该类型没有样例：请在 fixtures/ 下放一对报文。", "The type has no golden pair under fixtures/."},
	"schema-missing":  {"没有本地模式文件，任何内容都会放行：请补 schemas/。", "Without a schema file everything is allowed."},
	"yaml-scalar":     {"YAML 会把它读成数字、日期或布尔：请加引号。", "YAML reads this as a number, date or boolean: quote it."},
	"tree":            {"该表整体按树执行，慢一些，结果相同。", "The table runs by the tree: slower, the same result."},
	"charset":         {"对方字符集写不出这个字：请换字，或在 codec.substitute 中给替代。", "The wire charset cannot hold a character: change it or give a substitute."},

	"no-dedupe":      {"没有去重标识，对方重发会变成两条：请配 dedupe。", "Without dedupe a repeat becomes a second message."},
	"cursor-unused":  {"配了 cursor，请求里却没有 {cursor}：列表每次从头取。", "There is a cursor, but the request has no {cursor}: the list is read whole each time."},
	"one-page":       {"请求里没有 {page}，只会取一页：请检查 request 与 pages。", "The request has no {page}, so only one page is read."},
	"weak-signature": {"MD5 只防出错，不防伪造：只因对方系统要求才用；线路要走专网。", "MD5 guards against mistakes, not against forgers: only because the local system demands it."},
	"store-differs":  {"数据库里的方式或暂停与配置文件不同：以数据库为准。", "Mode or pause in the store differ from the file: the store's hold."},
	"store-repaired": {"索引有误，已按日志重建。", "Indexes were wrong and were made anew from the log."},
	"store-damaged":  {"数据文件已损坏：请恢复备份。", "The store's file is damaged: restore a backup."},
	"unit-broken":    {"该单位的收发端建不起来：多半是密钥或地址不对。", "The unit's ends cannot be built: a key or an address is wrong."},
	"probe-too-wide": {"查询条件太宽，可能认错别的报文：请按唯一键查。", "The probe may find another message: ask by a unique key."},
	"may-double":     {"既无幂等又无查询，结果不明时可能重复：请至少配一种。", "Neither idempotency nor a probe: an unknown outcome may double."},
	"secret-literal": {"密钥写在了文件里：请改用 secret:、env: 或 file:。", "A secret stands in the file: use secret:, env: or file:."},
	"parameter":      {"设置不合要求：请看提示的键。", "A setting is not as the kind demands."},
	"placeholder":    {"没有这个占位符：请检查花括号里的名字。", "There is no such placeholder."},
	"rule":           {"回执规则有误：请检查表达式和结果。", "A rule of the answer is wrong: check its expression and outcome."},
}
