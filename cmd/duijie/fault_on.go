//go:build fault

package main

import (
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// storeFault obeys the file that DUIJIE_FAULT names, read anew at each point of a
// commit. Its lines: POINT kill N (signal 9 at the N-th pass), POINT wait DURATION,
// POINT error ERRNO.
func storeFault() func(point string) error {
	file := os.Getenv("DUIJIE_FAULT")
	passes := map[string]*atomic.Int64{"before-commit": {}, "before-sync": {}, "after-commit": {}}
	return func(point string) error {
		n := passes[point].Add(1)
		text, err := os.ReadFile(file)
		if err != nil {
			return nil // no file, no fault
		}
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) == 3 && f[0] == point {
				if err := faulty(f[1], f[2], n); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

func faulty(what, arg string, n int64) error {
	switch what {
	case "kill":
		if arg == fmt.Sprint(n) {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // it ends this process
		}
	case "wait":
		if d, err := time.ParseDuration(arg); err == nil {
			time.Sleep(d)
		}
	case "error":
		if no, ok := map[string]syscall.Errno{"EIO": syscall.EIO, "ENOSPC": syscall.ENOSPC, "EROFS": syscall.EROFS}[arg]; ok {
			return no
		}
	}
	return nil
}
