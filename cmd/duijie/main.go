// Command duijie is 对接网关: it carries labour-mediation cases between the
// national platform and a province's local system, durably and in order.
//
// Exit codes are a promise to scripts: 0 done; 1 what was asked about is not
// well; 2 wrong use; 3 cannot reach or open. With --json a verb writes one JSON
// value on stdout and nothing else there; everything for people goes to stderr.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], stdStreams())
	stop()
	os.Exit(code)
}
