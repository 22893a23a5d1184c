//go:build !linux

package bolt

import "go.etcd.io/bbolt"

// unmapPages does nothing where the system offers no such thing.
func unmapPages(*bbolt.DB) error { return nil }
