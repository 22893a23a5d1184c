package i18n

// Tip says what a person at the command line can do about an error; empty where
// nobody knows more than the error says.
func Tip(l Lang, code string) string {
	t, ok := tips[code]
	if !ok {
		return ""
	}
	return t.In(l)
}

// tips are by what went wrong; "http-" and a problem code where the gateway refused.
var tips = map[string]Text{
	"config-open": {"配置文件打不开：检查 -c 后面的路径、当前目录，以及运行用户能否读它。", "The configuration cannot be opened: check the path after -c, the folder you are in, and whether this user may read it."},
	"config-bad":  {"按上面的行号改；duijie check -c 配置文件 --offline 一次列出全部问题。", "Correct it at the lines above; duijie check -c FILE --offline lists all that is wrong at once."},
	"locked":      {"多半是网关正在运行（systemctl status duijie）。先停掉它，或改用另一个数据目录；不要删任何文件。", "Most likely the gateway runs (systemctl status duijie): stop it first, or use another data folder. Delete nothing."},
	"newer":       {"装回写过这个库的版本，或用升级之前的备份。", "Put back the version that wrote the store, or restore a backup from before."},
	"damaged":     {"库文件不是 duijie 的，或已损坏：不要删，先把整个数据目录挪到一边留存，再用 duijie restore 恢复备份。", "The file is no store of duijie's, or is damaged: don't delete it; move the whole data folder aside, then restore a backup with duijie restore."},
	"data":        {"数据目录用不了：检查 data 的路径、磁盘，以及目录是否属于运行网关的用户。", "The data folder cannot be used: check data's path, the disk, and whether the folder belongs to the user that runs the gateway."},
	"log-file":    {"log.file 打不开：检查路径和权限；也可先去掉 log.file，日志就走标准错误。", "log.file cannot be opened: check its path and mode, or take it away for now: the log then goes to stderr."},
	"port-taken":  {"端口被占：用 ss -ltnp 看是谁。若是另一个 duijie，它可能正在正常工作，先不要停它。", "The port is taken: ss -ltnp shows by whom. Another duijie there may be working well: don't stop it unasked."},
	"port-denied": {"没有权限监听这个端口：1024 以下要 CAP_NET_BIND_SERVICE，或换一个端口。", "This user may not listen there: a port below 1024 needs CAP_NET_BIND_SERVICE, or take another port."},
	"port-alien":  {"这个地址不在本机上：检查 listen、admin 的地址和网卡。", "The address isn't this machine's: check listen and admin, and the network interfaces."},
	"secret":      {"密钥写作 env:变量名 或 file:文件；检查变量是否已设、文件是否在、运行用户能否读。duijie check 会列出全部。", "A key is given as env:NAME or file:PATH: is the variable set, is the file there, may this user read it? duijie check lists all of them."},
	"admin-away":  {"管理端口没有应答：网关在运行吗？地址对吗（配置里的 admin，或 --admin）？它通常只在网关所在的机器上能访问。", "The admin listener doesn't answer: does the gateway run? Is the address right (admin in the configuration, or --admin)? It can usually be reached from the gateway's own machine only."},
	"public-away": {"网关没有应答：它在运行吗？地址对吗（配置里的 listen，或 --to）？没有收到应答的报文用同一个 id 再发，不会重复。", "The gateway doesn't answer: does it run? Is the address right (listen in the configuration, or --to)? A message without an answer may be sent again under the same id: it won't double."},
	"not-admin":   {"那里应答的不是管理端口：检查 --admin 或配置里的 admin，不要用公共端口 listen 的地址；中间有代理的看代理。", "What answers there is no admin listener: check --admin, or admin in the configuration; don't use the public listener's address. Look at the proxy where there is one."},
	"not-gateway": {"那里应答的不是网关的公共端口：检查 --to 或配置里的 listen；中间有代理的看代理。", "What answers there is no gateway's public listener: check --to, or listen in the configuration. Look at the proxy where there is one."},
	"store-there": {"恢复只写进空的数据目录：先停网关，把现有数据目录整个挪到一边留存，再恢复。", "A restore goes into an empty data folder only: stop the gateway, move the whole folder aside and keep it, then restore."},
	"backup-bad":  {"这个文件不是完整的备份：换一份；数据目录没有动过。", "This file is no whole backup: take another one. The data folder was not touched."},
	"backup-file": {"备份写不进这个位置：检查目录是否存在、能否写、是否有空间。不完整的文件已删除。", "The backup cannot be written there: is the folder there, may this user write, is there room? What was incomplete is removed."},

	"http-token":            {"要管理员令牌：--token file:secrets/admin.token（init 生成的在配置目录的 secrets/ 下）；已经给了，就是令牌不对或已撤换。", "An admin's token is needed: --token file:secrets/admin.token, where init put it beside the configuration; if you gave one, it is wrong or was replaced."},
	"http-role":             {"这个管理员的角色不允许此操作：换用操作员或管理员的令牌。", "This admin's role does not allow it: use an operator's or admin's token."},
	"http-host":             {"管理端口只认本机名和 adminHosts 里的主机名：用 127.0.0.1，或在配置里加上。", "The admin listener answers to loopback and the names in adminHosts only: use 127.0.0.1, or add the name."},
	"http-signature":        {"密钥不是网关所配发送方的、方案不对（--scheme），或两边时钟相差超过容差（查 NTP）。", "The key is not of a configured sender, the scheme differs (--scheme), or the clocks differ by more than the tolerance (check NTP)."},
	"http-source-forbidden": {"报文的 source 与签名的发送方不符：用该 source 的密钥签。", "The event's source isn't the sender whose key signed: sign with that source's key."},
	"http-state":            {"投递当前的状态不允许此操作：先用 duijie deliveries show 看看它现在怎样。", "The delivery's present state does not allow this: look at it with duijie deliveries show first."},
	"http-not-found":        {"没有这条投递或这个地址：检查回执号；用 duijie deliveries ls --q 案号 查找。", "There is no such delivery or address: check the receipt, or find it with duijie deliveries ls --q NUMBER."},
	"http-parameter":        {"冒号前是有误的参数，冒号后是原因（format 格式不对，enum 不在允许的值中）；时间写成 2026-11-01T00:00:00+08:00。", "Before the colon stands the parameter, after it what is wrong (format, enum: none of its values). Times are written 2026-11-01T00:00:00+08:00."},
	"http-schema":           {"冒号前是报文中的位置，冒号后是不合之处（required 必填项缺失，enum 不在允许的值中，format 格式不对）；按国家规范 v1 改好再发。", "Before the colon stands the place in the message, after it what is wrong there (required, enum, format…): correct it by profile v1 and send again."},
	"http-envelope":         {"冒号前是信封属性，冒号后是不合之处；FILE 应是完整的 CloudEvents 报文，不是只有正文。", "Before the colon stands the attribute, after it what is wrong; FILE is a whole CloudEvent, not its data alone."},
	"http-malformed":        {"文件不是合法的 UTF-8 JSON：检查编码（不能是 GBK）和文件是否完整。", "The file is not valid JSON in UTF-8: check its charset, which cannot be GBK, and whether it is whole."},
	"http-unknown-unit":     {"网关没有配置这个单位：检查报文的 unit，或先在配置中加上。", "The gateway has no such unit: check the message's unit, or configure it first."},
	"http-store":            {"网关的存储暂时写不了：看 readyz 和磁盘；报文没有收下，恢复后再发。", "The gateway's store cannot be written now: look at readyz and the disk. Nothing was taken: send again once it is well."},
}
