//go:build !linux

package bolt

import (
	"errors"
	"os"
)

// mapBytes is the address space reserved at once, so that growing the file does
// not wait for readers to end. Some systems make the file so long.
const mapBytes = 1 << 30

// allocate is not known here: a full disk is met while pages are written.
func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
