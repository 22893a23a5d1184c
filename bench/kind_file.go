package main

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"duijie/internal/testserver"

	"duijie/bench/measure"
	"duijie/bench/stage"
)

const filePackYAML = `unit: "990000"
name: bench, exchange folder (invented)
profile: v1
codec: {format: json, charset: UTF-8}
sink:
  kind: file
  settings: {%s}
  routes: {"*": {dir: in, name: "{key}.json"}}
limits: {concurrency: 16, timeout: 5s}
`

// counted is how many whole files a folder has.
func counted(dir string) func() uint64 {
	return func() (n uint64) {
		f, err := os.Open(dir)
		if err != nil {
			return 0 // made with the first file
		}
		defer f.Close()
		names, _ := f.Readdirnames(-1)
		for _, name := range names {
			if strings.HasSuffix(name, ".json") {
				n++
			}
		}
		return n
	}
}

// intoFolder: the floor writes a file, syncs, renames and syncs the folder.
func intoFolder(s *stage.Stage) subject {
	root := s.Folder()
	bare := filepath.Join(root, "bare")
	s.Must(os.Mkdir(bare, 0o700))
	folder, err := os.Open(bare)
	s.Must(err)
	s.Cleanup(func() { folder.Close() })
	content := message(1)
	return subject{
		files:   packed(fmt.Sprintf(filePackYAML, ""), mappingYAML, schemaJSON),
		unit:    fmt.Sprintf("settings: {root: %q}", root),
		arrived: counted(filepath.Join(root, "in")),
		floor: func(each time.Duration) (float64, error) {
			return measure.PerSecond(workers, each, func(n uint64) error {
				name := filepath.Join(bare, fmt.Sprint(n))
				f, err := os.Create(name + ".tmp")
				if err != nil {
					return err
				}
				defer f.Close()
				if _, err := f.Write(content); err != nil {
					return err
				}
				if err := f.Sync(); err != nil {
					return err
				}
				if err := os.Rename(name+".tmp", name); err != nil {
					return err
				}
				return folder.Sync()
			})
		},
	}
}

// overSFTP: the floor does the same over one connection, as the kind has one.
func overSFTP(s *stage.Stage) subject {
	server := testserver.SSHD(s)
	key, err := ssh.ParsePrivateKey([]byte(server.Key))
	s.Must(err)
	at, err := url.Parse(server.URL)
	s.Must(err)
	connection, err := ssh.Dial("tcp", at.Host, &ssh.ClientConfig{User: at.User.Username(), Auth: []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: func(string, net.Addr, ssh.PublicKey) error { return nil }}) // our own server, on loopback
	s.Must(err)
	client, err := sftp.NewClient(connection)
	s.Must(err)
	s.Cleanup(func() { client.Close(); connection.Close() })
	bare := path.Join(at.Path, "bare")
	s.Must(client.Mkdir(bare))
	files := packed(fmt.Sprintf(filePackYAML, "key: secret:ssh, knownHosts: secret:known"), mappingYAML, schemaJSON)
	files["ssh"], files["known"] = server.Key, server.Known
	content := message(1)
	return subject{
		files:   files,
		unit:    fmt.Sprintf(`settings: {root: %q}, secrets: {ssh: "file:ssh", known: "file:known"}`, server.URL),
		arrived: counted(filepath.Join(server.Dir, "in")),
		floor: func(each time.Duration) (float64, error) {
			return measure.PerSecond(workers, each, func(n uint64) error {
				name := path.Join(bare, fmt.Sprint(n))
				f, err := client.Create(name + ".tmp")
				if err != nil {
					return err
				}
				if _, err := f.Write(content); err != nil {
					return err
				}
				if err := f.Sync(); err != nil {
					return err
				}
				if err := f.Close(); err != nil {
					return err
				}
				return client.PosixRename(name+".tmp", name)
			})
		},
	}
}
