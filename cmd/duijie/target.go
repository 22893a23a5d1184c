package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"duijie/internal/config"
	"duijie/internal/sim"
)

// target is where a verb sends to and under whose key, as the flags or the
// configuration say.
type target struct {
	to, file, key, scheme, source string
}

func (t *target) flags(c *cobra.Command) {
	c.Flags().StringVar(&t.to, "to", "", "the gateway's public address, e.g. http://127.0.0.1:8080")
	c.Flags().StringVarP(&t.file, "config", "c", "", "duijie.yaml: address and first sender's key")
	c.Flags().StringVar(&t.key, "key", "", "signing key, env:NAME or file:PATH")
	c.Flags().StringVar(&t.scheme, "scheme", "v1sm3", "signature scheme with --key: v1 v1sm3")
}

// resolve reads the configuration where it is needed. to is without /v1/….
func (t *target) resolve(s *streams) (to string, signer sim.Signer, err error) {
	to = strings.TrimSuffix(t.to, "/")
	if t.file == "" && to == "" {
		if _, err := os.Stat("duijie.yaml"); err != nil {
			return "", signer, wrongUse(errors.New("where to? give --to URL or -c duijie.yaml"))
		}
		t.file = "duijie.yaml"
	}
	var c *config.Config
	if t.file != "" {
		if c, err = loadConfig(s, t.file); err != nil {
			return "", signer, err
		}
		if to == "" {
			to = "http://" + c.Listen + strings.TrimSuffix(c.PublicPath, "/")
		}
		if len(c.Senders) > 0 {
			t.source = c.Senders[0].Source
		}
	}
	signer, err = t.signer(c)
	return to, signer, err
}

func (t *target) signer(c *config.Config) (sim.Signer, error) {
	if t.key != "" {
		if c == nil {
			c = &config.Config{File: "./duijie.yaml"}
		}
		key, err := c.Secret(t.key)
		if err != nil {
			return sim.Signer{}, err
		}
		return sim.Signer{Scheme: t.scheme, Key: key}, nil
	}
	if c == nil || len(c.Senders) == 0 || c.Senders[0].Verify.Scheme == "none" || len(c.Senders[0].Verify.Keys) == 0 {
		return sim.Signer{}, nil
	}
	v := c.Senders[0].Verify
	key, err := c.Secret(v.Keys[0])
	if err != nil {
		return sim.Signer{}, err
	}
	return sim.Signer{Scheme: v.Scheme, Key: key}, nil
}

// loadConfig reads a configuration that must be well; its errors go to stderr.
func loadConfig(s *streams, file string) (*config.Config, error) {
	c, findings := config.Load(file)
	bad := false
	for _, f := range findings {
		if f.Severity == "error" {
			bad = true
			fmt.Fprintf(s.err, "%s:%d:%d: %s[%s]: %s\n", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message)
		}
	}
	if bad || c == nil {
		return nil, notWell(fmt.Errorf("%s cannot be used", file))
	}
	return c, nil
}

// read reads FILE or, for "-", stdin.
func read(s *streams, file string) ([]byte, error) {
	if file == "-" {
		b, err := io.ReadAll(s.in)
		if err != nil {
			return nil, unreachable(fmt.Errorf("read stdin: %w", err))
		}
		return b, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, unreachable(err)
	}
	return b, nil
}
