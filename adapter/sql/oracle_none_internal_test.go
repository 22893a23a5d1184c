//go:build !oracle

package sql

// oracleErrors: a build without the driver knows none of its errors.
func oracleErrors() []sorted { return nil }
