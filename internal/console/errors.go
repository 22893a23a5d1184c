package console

import (
	"errors"

	"duijie/internal/problem"
	"duijie/internal/queue"
)

// codeOf is the problem code of an error, and its status.
func codeOf(err error) (string, int) {
	var p *problem.Problem
	code := "internal"
	switch {
	case errors.As(err, &p):
		code = p.Code
	case errors.Is(err, queue.ErrNotFound):
		code = "not-found"
	case errors.Is(err, queue.ErrState):
		code = "state"
	case errors.Is(err, queue.ErrFull), errors.Is(err, queue.ErrReadOnly), errors.Is(err, queue.ErrFailed), errors.Is(err, queue.ErrClosed):
		code = "store"
	}
	return code, problem.Status(code)
}
