package bolt

import (
	"os"
	"syscall"

	"go.etcd.io/bbolt"
)

// unmapPages takes the pages of the file out of the process's map; they stay in the
// system's cache, and come back with the first look at each.
func unmapPages(db *bbolt.DB) error {
	return db.View(func(tx *bbolt.Tx) error { // while it lasts the map is not replaced
		page := uintptr(os.Getpagesize())
		size := (uintptr(tx.Size()) + page - 1) / page * page
		_, _, no := syscall.Syscall(syscall.SYS_MADVISE, db.Info().Data, size, syscall.MADV_DONTNEED)
		if no != 0 {
			return no
		}
		return nil
	})
}
