package bolt

import (
	"errors"
	"os"
	"syscall"
)

// allocate gives a part of the file its blocks, extending the file as needed.
func allocate(f *os.File, from, size int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, from, size)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
