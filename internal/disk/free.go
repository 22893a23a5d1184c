// Package disk asks the operating system about the file system below a folder.
package disk

import (
	"fmt"
	"syscall"
)

// Free is how many bytes an ordinary process may still write below dir.
func Free(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space below %s: %w", dir, err)
	}
	return int64(s.Bavail) * s.Bsize, nil
}
