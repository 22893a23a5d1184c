package measure

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of /proc/PID/stat: USER_HZ, 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// CPU is the processor time that a process has used, user and system, in steps
// of 10 ms; 0 where the system does not tell.
func CPU(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	// The second field is the program's name in brackets and may hold blanks.
	words := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(words) < 13 {
		return 0
	}
	var user, system int64
	if _, err := fmt.Sscan(words[11], &user); err != nil {
		return 0
	}
	if _, err := fmt.Sscan(words[12], &system); err != nil {
		return 0
	}
	return time.Duration(user+system) * tick
}

// OwnCPU is the processor time of this process, to the microsecond.
func OwnCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Each is processor time divided among n messages, in µs.
func Each(cpu time.Duration, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return float64(cpu.Nanoseconds()) / 1000 / float64(n)
}

// Memory is a process's resident memory in bytes: all of it, what is its own
// (heap, stacks) and what are pages of files, which the system takes back when
// it needs them: bbolt reads its file through such pages.
type Memory struct{ All, Own, File int64 }

// String is for the tables.
func (m Memory) String() string {
	return fmt.Sprintf("%.1f MiB (own %.1f, pages of files %.1f)", MiB(m.All), MiB(m.Own), MiB(m.File))
}

// MiB is bytes in MiB.
func MiB(n int64) float64 { return float64(n) / (1 << 20) }

// Resident is a process's memory; zero where the system does not tell.
func Resident(pid int) (m Memory) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return m
	}
	for line := range strings.Lines(string(text)) {
		var name string
		var kb int64
		if _, err := fmt.Sscanf(line, "%s %d kB", &name, &kb); err != nil {
			continue
		}
		switch name {
		case "VmRSS:":
			m.All = kb << 10
		case "RssAnon:":
			m.Own = kb << 10
		case "RssFile:":
			m.File = kb << 10
		}
	}
	return m
}

// blocks is what a file takes on the disk.
func blocks(info os.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Blocks * 512
	}
	return info.Size()
}

// OwnWritten is what this process has given to write calls, in bytes; 0 where the
// system does not tell.
func OwnWritten() (n int64) {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "wchar: %d", &n); err == nil {
			return n
		}
	}
	return 0
}
