package bolt

import "bytes"

// Seal protects what is payload on its way to the file. Open gives what Seal was
// given, in new memory, or an error where the bytes were not sealed with its key.
// Seal may give its argument back: nobody changes that while a write is under way.
// It is used by many goroutines at once.
type Seal interface {
	Seal(plain []byte) []byte
	Open(sealed []byte) ([]byte, error)
}

// Plain seals nothing.
type Plain struct{}

// Seal gives its argument back.
func (Plain) Seal(b []byte) []byte { return b }

// Open copies.
func (Plain) Open(b []byte) ([]byte, error) { return bytes.Clone(b), nil }
