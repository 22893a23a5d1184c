//go:build !linux

package bolt

import (
	"errors"
	"os"
)

// allocate is not known here: a full disk is met while pages are written.
func allocate(*os.File, int64, int64) error { return errors.ErrUnsupported }
