// Package pack reads a province pack: a folder of pack.yaml, mappings, code
// tables, schemas and fixtures, into one checked value.
//
// It promises that all findings come at once with file, line and column, that a
// pack is read whole when it is loaded and never changes afterwards, whatever
// happens to its folder, and that equal files give an equal Version. A pack with
// an error among its findings must not be run; its value is there for tools. A
// pack never names a secret's place: secret:NAME is bound by the unit.
package pack
