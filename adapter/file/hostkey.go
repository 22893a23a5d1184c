package file

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// errHostKey is a server that is not the one that the unit knows.
var errHostKey = errors.New("the server's host key is not the known one")

// dial settings of an SFTP root: user and key, and host keys that are checked.
func clientConfig(user, address, key, known string) (*ssh.ClientConfig, error) {
	signer, err := ssh.ParsePrivateKey([]byte(key))
	if err != nil {
		return nil, errors.New("key is no private key in PEM without a passphrase")
	}
	check, err := hostKeys(known)
	if err != nil {
		return nil, err
	}
	c := &ssh.ClientConfig{User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)}, HostKeyAlgorithms: algorithms(check, address)}
	if len(c.HostKeyAlgorithms) == 0 {
		return nil, fmt.Errorf("knownHosts has no key of %s", address)
	}
	c.HostKeyCallback = func(host string, remote net.Addr, key ssh.PublicKey) error {
		if err := check(host, remote, key); err != nil {
			return errHostKey
		}
		return nil
	}
	return c, nil
}

// hostKeys reads lines as ssh-keyscan and known_hosts have them. The library
// reads files only.
func hostKeys(lines string) (check ssh.HostKeyCallback, err error) {
	f, err := os.CreateTemp("", "known-hosts-")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(lines + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if check, err = knownhosts.New(f.Name()); err != nil {
		return nil, errors.New("knownHosts has a line that is none of known_hosts")
	}
	return check, nil
}

// nobody is a key that no host has: asked about it, the list names those it wants.
type nobody struct{ ssh.PublicKey }

func (nobody) Type() string    { return "nobody" }
func (nobody) Marshal() []byte { return []byte("nobody") }

// algorithms are those of the known keys: a server that has several must show one of these.
func algorithms(check ssh.HostKeyCallback, address string) (out []string) {
	var unknown *knownhosts.KeyError
	if !errors.As(check(address, &net.TCPAddr{}, nobody{}), &unknown) {
		return nil
	}
	for _, want := range unknown.Want {
		if t := want.Key.Type(); t == ssh.KeyAlgoRSA {
			out = append(out, ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256)
		} else if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}

// isAuth: the client's own error of a refused login has no type.
func isAuth(err error) bool { return strings.Contains(err.Error(), "unable to authenticate") }
