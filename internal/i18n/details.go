package i18n

import "strings"

// Detail gives the words that the road wrote in English, in the reader's language.
// Sentences that the table does not know stay as they are: better in English than
// not at all.
func Detail(l Lang, english string) string {
	if l == EN {
		return english
	}
	if zh, ok := sentences[english]; ok {
		return zh
	}
	for _, b := range beginnings {
		if rest, ok := strings.CutPrefix(english, b.EN); ok {
			return b.ZH + rest
		}
	}
	return english
}

// Known tells whether a sentence of the road's has its Chinese.
func Known(english string) bool { return Detail(ZH, english) != english }

// sentences are the road's own words, by their English.
var sentences = map[string]string{
	"another upload of this material goes on":                                      "同一材料的另一次上传正在进行",
	"the material was not stored":                                                  "材料未能保存",
	"the link is not ours, or no longer good":                                      "链接不是本网关签发，或已过期",
	"a material that the message names was not put within 24 hours":                "报文所列的材料在 24 小时内未上传",
	"Content-Range must be bytes A-B/N, of as many bytes as Content-Length says":   "Content-Range 应为 bytes A-B/N，且与 Content-Length 一致",
	"more than one JSON value":                                                     "含有多个 JSON 值",
	"an object has a member twice":                                                 "对象中有重复成员",
	"no JSON value":                                                                "没有 JSON 值",
	"not strict JSON in UTF-8":                                                     "不是严格的 UTF-8 JSON",
	"a string holds U+0000":                                                        "字符串中含有 U+0000",
	"nested deeper than 64":                                                        "嵌套超过 64 层",
	"a batch is a JSON array":                                                      "批量报文应为 JSON 数组",
	"the array is not JSON":                                                        "数组不是合法的 JSON",
	"the body ended early":                                                         "正文未传完即中断",
	"binary mode needs mutual TLS":                                                 "二进制模式须使用双向 TLS",
	"at least one of unit, type, reason, receipts":                                 "unit、type、reason、receipts 至少给出一项",
	"at least one of local, court":                                                 "local、court 至少给出一项",
	"state is held, queued or acked":                                               "state 应为 held、queued 或 acked",
	"mode is resident, parallel (with since) or docked":                            "mode 应为 resident、parallel（须带 since）或 docked",
	"the request carries no signature":                                             "请求没有签名",
	"no configured key verifies the request, or its time is out of tolerance":      "没有任何已配置的密钥能验证此请求，或其时间超出容差",
	"this source must sign":                                                        "该来源的报文必须签名",
	"the event's source is not the sender's":                                       "报文的 source 不属于该发送方",
	"the sender may not send for this unit":                                        "发送方无权向该对接单位发送",
	"no such docking unit here":                                                    "本网关没有该对接单位",
	"no such message type in the national profile v1":                              "国家规范 v1 中没有该报文类型",
	"no such message type":                                                         "没有该报文类型",
	"this type travels upward only":                                                "该类型的报文只能上行",
	"the unit's pack maps no such type":                                            "该单位的省份包未映射此类型",
	"source and id were used for other content":                                    "相同的 source 与 id 已用于其他内容",
	"older than the message log, so nobody can tell whether it is a repeat":        "早于报文日志，无法判断是否重复",
	"the message was not stored":                                                   "报文未能存储",
	"the unit is not docked for this case":                                         "该单位尚未以对接方式办理此案",
	"the unit is not docked for this case; its people work on the platform itself": "该单位尚未以对接方式办理此案，由其人员在平台上直接办理",
	"this address may not call for the unit":                                       "此地址无权代表该单位调用",
	"no such endpoint":                                                             "没有该端点",
	"endpoint takes POST":                                                          "该端点只接受 POST",
	"body ended early":                                                             "正文未传完即中断",
	"body is over the limit":                                                       "正文超过上限",
	"the document names no delivery":                                               "文书未指明任何投递",
	"the document's type is not listed":                                            "文书的类型不在列表中",
	"the endpoint names no type that travels upward":                               "该端点没有指明可上行的报文类型",
	"a rule over the document could not be computed":                               "对文书的规则无法求值",
	"the audit log cannot be written, so nothing was done":                         "审计日志无法写入，操作未执行",
	"cancelled by an operator":                                                     "由操作员取消",
	"refused by the receiver":                                                      "对方拒收",
	"refused by the receiver, later":                                               "对方事后拒收",
	"nobody can tell whether the receiver has it":                                  "无法得知对方是否已收到",
	"the acknowledgement did not come, and nobody can tell whether the receiver still has it": "回执未到，也无法得知对方是否仍持有",
	"the gateway failed on this document":                                                     "网关处理此文书时程序异常",
	"the case was rejected before":                                                            "此案此前已不予受理",
	"the case was accepted before":                                                            "此案此前已受理",
	"the document cannot be read by the pack's codec":                                         "文书无法按省份包约定的格式读取",
}

// beginnings are the road's sentences that end in a code, a number or a receipt.
var beginnings = []Text{
	{"对方拒收：", "refused by the receiver: "},
	{"拒收：", "refused: "},
	{"此案的案号同时对应另一案件 ", "an id of this case is also claimed by "},
	{"投递当前状态为 ", "the delivery is "},
	{"正文无法读取为 ", "body cannot be read as "},
	{"同一协议此前已提出申请：", "for this agreement the "},
}
