//go:build !fault

package main

// storeFault is nil in every program that serves: faults are compiled in by the
// tag fault alone, for the tests of internal/e2e.
func storeFault() func(point string) error { return nil }
