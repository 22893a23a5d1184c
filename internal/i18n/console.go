package i18n

// console are the words of the console's pages, by key.
var console = map[string]Text{
	"product": {"Duijie 对接网关", "Duijie gateway"},
}
