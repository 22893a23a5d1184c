package main

import (
	"log/slog"
	"strings"
)

// libraryLog takes what packages without a logger of ours write: net/http does,
// when a peer answers unasked, and quotes the answer. What stands before the first
// quotation mark is kept, so that a peer's text is in no log.
type libraryLog struct{ log *slog.Logger }

// Write implements io.Writer.
func (l libraryLog) Write(line []byte) (int, error) {
	text, _, quoted := strings.Cut(string(line), `"`)
	l.log.Warn("a library says", "text", strings.TrimSpace(text), "quoted", quoted)
	return len(line), nil
}
