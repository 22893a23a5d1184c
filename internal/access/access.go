// Package access is who may use the admin side: the configured persons, their
// tokens and roles. It never keeps a token, only its SM3 digest; Find compares in
// constant time and may be called by many at once.
package access

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/emmansun/gmsm/sm3"
)

// Role is what a person may do. Each role may do what those before it may.
type Role string

// The roles.
const (
	Viewer   Role = "viewer"   // reads, masked
	Auditor  Role = "auditor"  // reads, masked; the audit log's own calls come later
	Operator Role = "operator" // acts on deliveries, cases and units
	Admin    Role = "admin"
)

// ranks orders the roles.
var ranks = map[Role]int{Viewer: 1, Auditor: 1, Operator: 2, Admin: 3}

// Allows tells whether r may do what needs at least least; an unknown role may nothing.
func (r Role) Allows(least Role) bool { return ranks[r] > 0 && ranks[r] >= ranks[least] }

// Person is one configured admin.
type Person struct {
	Name string
	Role Role
	hash []byte
}

// List are the persons; empty means that none are configured.
type List []Person

const hashPrefix = "sm3:"

// NewPerson checks one entry: tokenHash is "sm3:" and the lower-case hex SM3 of the token.
func NewPerson(name, tokenHash, role string) (Person, error) {
	digits, ok := strings.CutPrefix(tokenHash, hashPrefix)
	hash, err := hex.DecodeString(digits)
	switch {
	case name == "":
		return Person{}, errors.New("admin without a name")
	case !ok || err != nil || len(hash) != sm3.Size || strings.ToLower(digits) != digits:
		return Person{}, fmt.Errorf("admin %s: tokenHash must be sm3: and 64 lower-case hex digits", name)
	case ranks[Role(role)] == 0:
		return Person{}, fmt.Errorf("admin %s: role must be viewer, auditor, operator or admin", name)
	}
	return Person{Name: name, Role: Role(role), hash: hash}, nil
}

// Hash is the tokenHash of a token.
func Hash(token string) string {
	sum := sm3.Sum([]byte(token))
	return hashPrefix + hex.EncodeToString(sum[:])
}

// Find gives the person whose token this is. Every entry is compared, whichever fits.
func (l List) Find(token string) (Person, bool) {
	if token == "" {
		return Person{}, false
	}
	sum := sm3.Sum([]byte(token))
	var found Person
	ok := false
	for _, p := range l {
		if subtle.ConstantTimeCompare(p.hash, sum[:]) == 1 {
			found, ok = p, true
		}
	}
	return found, ok
}
