//go:build !sqlserver

package sql

// sqlserverErrors: a build without the driver knows none of its errors.
func sqlserverErrors() []sorted { return nil }
