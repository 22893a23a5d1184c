package queuetest

import "context"

type contextType = context.Context

func contextWithCancel() (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }
