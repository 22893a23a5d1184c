package file

import (
	"context"
	"log/slog"
)

// notices logs the first of the same failures and their end: the same failure
// again is no line. It belongs to one goroutine.
type notices struct {
	log  *slog.Logger
	told map[string]bool
}

func newNotices(log *slog.Logger) notices { return notices{log, map[string]bool{}} }

// maxTold bounds what is remembered; beyond it, failures are told once more.
const maxTold = 10_000

// once notes how something went. about tells apart what would else be the same.
func (n *notices) once(ctx context.Context, what, about string, err error) {
	key := what + "\n" + about
	switch {
	case err == nil && n.told[key]:
		delete(n.told, key)
		n.log.Info("goes on", "what", what)
	case err != nil && !n.told[key] && ctx.Err() == nil:
		if len(n.told) >= maxTold {
			clear(n.told)
		}
		n.told[key] = true
		n.log.Warn("failed, will be tried again", "what", what, "error", err)
	}
}
