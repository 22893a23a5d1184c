package testserver

import (
	"crypto/ed25519"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// SFTP is a running sshd that serves files to one user.
type SFTP struct {
	URL   string // sftp://user@host:port of an empty folder
	Dir   string // the same folder on this machine
	Key   string // the user's private key
	Known string // the server's line of known_hosts
}

// SSHD starts OpenSSH's server and gives a folder that it serves.
func SSHD(t testing.TB) SFTP {
	t.Helper()
	server := find(t, "sshd", "apt-get install --no-install-recommends openssh-server", "/usr/sbin", "/usr/local/sbin")
	as := unprivileged(t)
	dir, port := as.folder(t), freePort(t)
	name, err := user.LookupId(strconv.Itoa(as.uid))
	if err != nil {
		t.Fatal(err)
	}
	mine := func(path string, content []byte) string {
		path = filepath.Join(dir, path)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, as.uid, as.gid); err != nil {
			t.Fatal(err)
		}
		return path
	}
	host, hostPublic := keyPair(t)
	key, public := keyPair(t)
	config := fmt.Sprintf("ListenAddress 127.0.0.1:%d\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nStrictModes no\nUsePAM yes\n"+
		"PasswordAuthentication no\nKbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\nForceCommand internal-sftp\nMaxStartups 100\n",
		port, mine("host", host), mine("authorized", ssh.MarshalAuthorizedKey(public)))
	said := start(t, as.command(dir, server, "-D", "-e", "-f", mine("config", []byte(config))), syscall.SIGTERM)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(said)
		}
	})
	files := filepath.Join(dir, "exchange")
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(files, as.uid, as.gid); err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			break
		}
		if time.Now().After(end) {
			t.Fatalf("sshd does not listen: %v\n%s", err, said)
		}
	}
	return SFTP{URL: "sftp://" + name.Username + "@" + address + files, Dir: files, Key: string(key),
		Known: fmt.Sprintf("[127.0.0.1]:%d %s", port, ssh.MarshalAuthorizedKey(hostPublic))}
}

func keyPair(t testing.TB) (private []byte, public ssh.PublicKey) {
	t.Helper()
	pub, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(secret, "")
	if err != nil {
		t.Fatal(err)
	}
	if public, err = ssh.NewPublicKey(pub); err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(block), public
}
