// Package provinces holds the built-in packs: data only, one folder for each
// reference system. Their names and shapes are invented and say so; no interface
// of a real local system is published.
package provinces

import (
	"embed"
	"io/fs"
)

//go:embed [0-9]*
var files embed.FS

// FS has one folder for each built-in pack, named by its code.
func FS() fs.FS { return files }
