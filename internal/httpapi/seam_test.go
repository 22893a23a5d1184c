package httpapi_test

import (
	"duijie/internal/console"
	"duijie/internal/gateway"
	"duijie/internal/httpapi"
	"duijie/internal/metrics"
)

// The road is what the listeners and pages ask for, and they are what it asks for.
var (
	_ httpapi.Gateway  = (*gateway.Gateway)(nil)
	_ console.Gateway  = (*gateway.Gateway)(nil)
	_ gateway.Recorder = (*metrics.Metrics)(nil)
)
