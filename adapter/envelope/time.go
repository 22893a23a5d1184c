package envelope

import (
	"strconv"
	"time"

	"duijie/adapter/template"
)

// readTime reads the envelope's time: unix seconds or milliseconds, RFC 3339, or
// one of the two plain patterns of local systems, which are Asia/Shanghai's.
func readTime(s string) (time.Time, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) != len("20060102150405") {
		if len(s) >= 13 {
			return time.UnixMilli(n), true
		}
		return time.Unix(n, 0), true
	}
	if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
		return t, true
	}
	for _, pattern := range []string{"yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss"} {
		if t, err := template.ParseTime(s, pattern); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
