package sim

import (
	"bytes"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// sshUser is the only account of a simulated exchange server.
const sshUser = "duijie"

// sshHost is an SSH server on the loopback that serves files (SFTP) to one key.
// It is for simulations only: the account sees every file that the process does.
type sshHost struct {
	addr   string
	key    string // the account's private key, PEM
	known  string // the server's line of known_hosts
	faults *unruly
	listen net.Listener
	config *ssh.ServerConfig

	running sync.WaitGroup
	mu      sync.Mutex // guards all below
	open    map[net.Conn]bool
	shut    bool
	lines   int // connections so far
}

// serveSSH listens on addr ("" is a free port of the loopback) and leaves the
// key and the known host as files in dir, for whoever wants to try by hand.
func serveSSH(addr, dir string, faults *unruly) (*sshHost, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := sshKey()
	if err != nil {
		return nil, err
	}
	own, private, err := sshKey()
	if err != nil {
		return nil, err
	}
	h := &sshHost{key: private, faults: faults, open: map[net.Conn]bool{}}
	allowed := own.PublicKey().Marshal()
	h.config = &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, given ssh.PublicKey) (*ssh.Permissions, error) {
		if !bytes.Equal(given.Marshal(), allowed) || h.meets("login", unauthorised) {
			return nil, errors.New("the key is not the account's")
		}
		return nil, nil
	}}
	h.config.AddHostKey(host)
	if h.listen, err = net.Listen("tcp", addr); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", addr, err)
	}
	h.addr = h.listen.Addr().String()
	address, port, _ := net.SplitHostPort(h.addr)
	h.known = fmt.Sprintf("[%s]:%s %s", address, port, ssh.MarshalAuthorizedKey(host.PublicKey()))
	err = errors.Join(os.WriteFile(filepath.Join(dir, "ssh.key"), []byte(h.key), 0o600), os.WriteFile(filepath.Join(dir, "known_hosts"), []byte(h.known), 0o600))
	if err != nil {
		h.listen.Close()
		return nil, err
	}
	h.running.Go(h.accept)
	return h, nil
}

func sshKey() (ssh.Signer, string, error) {
	_, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, "", err
	}
	block, err := ssh.MarshalPrivateKey(secret, "")
	if err != nil {
		return nil, "", err
	}
	signer, err := ssh.NewSignerFromKey(secret)
	return signer, string(pem.EncodeToMemory(block)), err
}

// meets asks for a fault of the line, where the run's fault has any of these.
func (h *sshHost) meets(what string, any ...act) bool {
	if !slices.ContainsFunc(h.faults.fault.acts, func(a act) bool { return slices.Contains(any, a) }) {
		return false
	}
	h.mu.Lock()
	h.lines++
	key := fmt.Sprintf("%s %d", what, h.lines)
	h.mu.Unlock()
	return slices.Contains(any, h.faults.next(key))
}

func (h *sshHost) accept() {
	for {
		c, err := h.listen.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		if h.shut {
			h.mu.Unlock()
			c.Close()
			return
		}
		h.open[c] = true
		h.mu.Unlock()
		h.running.Go(func() {
			h.serve(c)
			c.Close()
			h.mu.Lock()
			delete(h.open, c)
			h.mu.Unlock()
		})
	}
}

// lineBytes is what a line that is to break carries before it does: enough for
// the handshake and some files.
const lineBytes = 24 << 10

func (h *sshHost) serve(c net.Conn) {
	if h.meets("line", cutAnswer, resetTaken, resetUntaken) {
		c = &frail{Conn: c, left: lineBytes}
	}
	conn, channels, requests, err := ssh.NewServerConn(c, h.config)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests) // ends with the connection
	var sessions sync.WaitGroup
	defer sessions.Wait()
	for one := range channels {
		if one.ChannelType() != "session" {
			one.Reject(ssh.UnknownChannelType, "sessions only")
			continue
		}
		channel, requests, err := one.Accept()
		if err != nil {
			return
		}
		sessions.Go(func() { serveSFTP(channel, requests) })
	}
}

// serveSFTP answers a session's request for the subsystem sftp and serves it.
func serveSFTP(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for r := range requests {
		wanted := r.Type == "subsystem" && string(r.Payload[min(4, len(r.Payload)):]) == "sftp"
		r.Reply(wanted, nil)
		if !wanted {
			continue
		}
		go ssh.DiscardRequests(requests) // ends with the channel
		if server, err := sftp.NewServer(channel); err == nil {
			server.Serve()
			server.Close()
		}
		return
	}
}

// frail is a line that breaks once so many bytes came in.
type frail struct {
	net.Conn
	left int
}

func (f *frail) Read(b []byte) (int, error) {
	if f.left <= 0 {
		if tcp, ok := f.Conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
		f.Conn.Close()
		return 0, net.ErrClosed
	}
	n, err := f.Conn.Read(b)
	f.left -= n
	return n, err
}

// Close ends the server and all connections.
func (h *sshHost) Close() error {
	h.mu.Lock()
	h.shut = true
	for c := range h.open {
		c.Close()
	}
	h.mu.Unlock()
	err := h.listen.Close()
	h.running.Wait()
	return err
}
