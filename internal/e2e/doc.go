// Package e2e holds tests that drive the built program from outside: its own
// pack, its own local system, its own sender, real HTTP, kill -9. It has no
// code of its own and imports none of the product's.
package e2e
