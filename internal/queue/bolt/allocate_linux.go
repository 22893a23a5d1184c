package bolt

import (
	"errors"
	"math/bits"
	"os"
	"syscall"
)

// mapBytes is the address space reserved at once, 64 GiB where there is so much:
// growing the file beyond it waits for readers to end, a backup's among them, and
// every write waits with it.
const mapBytes = 1 << (30 + 6*(bits.UintSize/64))

// allocate gives a part of the file its blocks, extending the file as needed.
func allocate(f *os.File, from, size int64) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, from, size)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
