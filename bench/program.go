package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"duijie/bench/measure"
)

// programs are what is built and measured.
type programs struct {
	gateway, floor string
	dir            string // where they run
}

// build makes the programs as the gateway is shipped: static, stripped.
func build(dir string) (p programs, err error) {
	p.dir = dir
	if p.gateway, err = compile(dir, "duijie", "..", "./cmd/duijie"); err != nil {
		return p, err
	}
	p.floor, err = compile(dir, "floor", ".", "./floor")
	return p, err
}

func compile(dir, name, from, what string) (string, error) {
	bin := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, what)
	cmd.Dir = from
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", what, err, out)
	}
	return bin, nil
}

// patience is how long a program may take to be ready: a large store is opened too.
const patience = 60 * time.Second

// process is a program under measurement: the gateway, or the floor, which has no admin.
type process struct {
	cmd           *exec.Cmd
	public, admin string
	ready         time.Duration
}

// startFloor starts the floor on an empty file.
func startFloor(bin, dir, to string, workers int) (*process, error) {
	path := filepath.Join(dir, "floor-program.db")
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	p := &process{public: free()}
	return p, p.run(bin, "-listen", p.public, "-db", path, "-to", to, "-workers", strconv.Itoa(workers))
}

// run starts the program and waits until it is ready.
func (p *process) run(bin string, args ...string) error {
	p.cmd = exec.Command(bin, args...)
	p.cmd.Stderr = os.Stderr
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return err
	}
	for time.Since(began) < patience {
		if res, err := http.Get("http://" + p.public + "/readyz"); err == nil {
			at := time.Since(began)
			said, _ := io.ReadAll(res.Body)
			res.Body.Close()
			if bytes.Contains(said, []byte(`"broken"`)) {
				p.stop()
				return fmt.Errorf("a pack of what is measured does not compile: %s", said)
			}
			if res.StatusCode == http.StatusOK {
				p.ready = at
				return nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	p.stop()
	return fmt.Errorf("%s was not ready within %v", filepath.Base(bin), patience)
}

func (p *process) stop() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func (p *process) pid() int           { return p.cmd.Process.Pid }
func (p *process) cpu() time.Duration { return measure.CPU(p.pid()) }

func free() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}
