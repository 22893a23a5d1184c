// Package schemas is the national profile v1: the JSON Schemas of every message
// type, what each type is for the road (its way, its key, its flow), the checks
// of content that JSON Schema cannot say, and the masking of personal data.
//
// It promises that Validate finds everything wrong with a message at once, that
// no finding quotes a value of the message, that equal data give equal findings
// in equal order, and that no schema is ever read from anywhere but the program
// itself. It never changes data, keeps nothing, and may be used concurrently.
//
// The profile is our own design: no public interface of the national platform
// exists.
package schemas

import (
	"embed"
	"io/fs"
)

//go:generate go run ./gen

//go:embed national
var files embed.FS

const (
	// Base is what the $id of every schema begins with; the message type follows.
	Base = "urn:duijie:national:v1:"
	dir  = "national/v1"
)

// FS holds the schemas as national/v1/TYPE.json and national/v1/common.json.
func FS() fs.FS { return files }

// Profile holds the same as TYPE.json and common.json.
func Profile() fs.FS {
	sub, err := fs.Sub(files, dir)
	if err != nil {
		panic("schemas: " + err.Error()) // dir is a constant and valid
	}
	return sub
}
