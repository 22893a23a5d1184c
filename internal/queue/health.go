package queue

import (
	"errors"
	"fmt"
	"syscall"
)

// ClassifyWrite says what a write that failed before any sync means: ErrFull and
// ErrReadOnly recover by themselves, anything else is ErrFailed.
func ClassifyWrite(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	return fmt.Errorf("%w: %w", ErrFailed, err)
}

// HealthOf is the health that an error of ClassifyWrite leads to.
func HealthOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrFull):
		return "full"
	case errors.Is(err, ErrReadOnly):
		return "readonly"
	}
	return "failed"
}
