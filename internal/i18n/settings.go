package i18n

// Setting says what a code of `check` means and what to do about it: those of the
// configuration, else those of its packs. An unknown code is its own text.
func Setting(l Lang, code string) string {
	if t, ok := settings[code]; ok {
		return t.In(l)
	}
	return Finding(l, code)
}

// settings has one row a code of duijie.yaml and of a pack's use by a unit.
var settings = map[string]Text{
	"syntax":         {"YAML 写法有误（缩进、引号、冒号后的空格）：请改所示行列处。", "The YAML cannot be read, as its indent, quotes or the space after a colon: correct it at the place."},
	"unknown-key":    {"没有这个键：请检查拼写和所在层级。", "There is no such key: check its spelling and where it stands."},
	"bad-value":      {"取值不合要求：按提示改正。", "A value that the key cannot have: correct it as the message says."},
	"missing":        {"缺少必需的项，或缺省值值得留意：按提示补上。", "Something is missing, or a default deserves a look: add it as the message says."},
	"duplicate":      {"同一项写了两次：删去或改名其中一个。", "The same thing stands twice: take one away or rename it."},
	"no-such-file":   {"所指的文件或文件夹不存在或读不了：检查路径（相对路径从写它的文件所在目录算起）和权限。", "A file or folder that is named isn't there or cannot be read: check the path, which is relative to the file that names it, and its mode."},
	"no-such-pack":   {"找不到这个省份包，或它编译不过：检查 packs 和 pack 的名字。", "The pack isn't found or does not compile: check packs and the name of pack."},
	"no-such-secret": {"密钥取不到：检查环境变量是否已设、密钥文件是否存在且运行用户可读。", "A secret cannot be had: is the variable set, is the file there and readable for the user that runs the gateway?"},
	"bad-key":        {"密钥的格式不对：v1、v1sm3 用 whsec_ 开头的，v1sm2 用 PEM。", "A key of the wrong form: whsec_ and base64 for v1 and v1sm3, PEM for v1sm2."},
	"secret-unbound": {"省份包要用的密钥没有绑定：在单位的 secrets 中补上。", "The pack needs a secret that the unit does not bind: add it to the unit's secrets."},
	"secret-unused":  {"单位绑定了省份包用不到的密钥：检查拼写或删去。", "The unit binds a secret that the pack doesn't name: check its spelling or take it away."},
	"unknown-unit":   {"发送方的 units 里有未配置的单位：检查代码。", "A sender's units name one that is not configured: check the code."},
	"open-admin":     {"管理端口不在本机而没有管理员：加 admins，或改回 127.0.0.1。", "The admin listener can be reached from outside without admins: add some, or put it on 127.0.0.1."},
	"no-admins":      {"没有管理员：本机上谁都能操作。请加 admins。", "Whoever is on this machine is an operator: add admins."},
	"open-sender":    {"不验签的发送方只能在本机端口或双向 TLS 下使用。", "A sender without a signature needs a loopback listener or mutual TLS."},
	"open-local":     {"谁都能调用该单位的 /local：请配认证、双向 TLS，或监听本机。", "Anybody could call the unit's /local: it needs auth, mutual TLS or a loopback listener."},
	"no-route":       {"某类型有对照表而没有发送路径：在 sink.routes 中补上。", "A type is mapped and no route takes it: add one to sink.routes."},
	"log-short":      {"日志留存不足六个月（网络安全法第二十一条）：请把 log.keep 改为 180d 以上，或另行归档。", "Logs live shorter than the law's six months: raise log.keep, or archive them elsewhere."},
	"calendar-year":  {"工作日日历缺这一年的放假安排，该年期限只按周末计算：公布后写入 calendar.holidays 所指的文件并重启。", "The working-day calendar lacks a year: its deadlines count weekends alone until calendar.holidays has it."},
	"store":          {"数据库打不开或正在使用：网关运行时属正常；否则检查 data 目录的权限和磁盘。", "The store is in use or cannot be opened: well while the gateway runs; else check the data folder's mode and disk."},
	"unreachable":    {"对方连不上：检查地址、端口、防火墙，对方是否在运行。什么也没有发出。", "A peer cannot be reached: check address, port and firewall, and whether it runs. Nothing was sent."},
}
