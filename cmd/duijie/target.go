package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"duijie/internal/config"
	"duijie/internal/i18n"
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
			to = scheme(c) + c.Listen + strings.TrimSuffix(c.PublicPath, "/")
		}
		if len(c.Senders) > 0 {
			t.source = c.Senders[0].Source
		}
	}
	signer, err = t.signer(c)
	return to, signer, err
}

// scheme is how the public listener of a configuration is spoken to.
func scheme(c *config.Config) string {
	if c.TLS.Cert != "" {
		return "https://"
	}
	return "http://"
}

func (t *target) signer(c *config.Config) (sim.Signer, error) {
	if t.key != "" {
		if c == nil {
			c = &config.Config{File: "./duijie.yaml"}
		}
		key, err := flagSecret(c, "--key", t.key)
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
		return sim.Signer{}, tip("secret", unreachable(err))
	}
	return sim.Signer{Scheme: v.Scheme, Key: key}, nil
}

// loadConfig reads a configuration that must be well; its errors go to stderr.
func loadConfig(s *streams, file string) (*config.Config, error) {
	if err := canRead(file); err != nil {
		return nil, err
	}
	c, findings := config.Load(file)
	var bad []finding
	for _, f := range ofConfig(findings) {
		if f.Severity == "error" {
			bad = append(bad, f)
			fmt.Fprintf(s.err, "%s:%d:%d: %s[%s]: %s\n", f.File, f.Line, f.Col, f.Severity, f.Code, f.Message)
			if about := f.about(); about != "" {
				fmt.Fprintf(s.err, "  %s\n", about)
			}
		}
	}
	if len(bad) > 0 || c == nil {
		explainCodes(s.err, bad, speaks(), i18n.Setting)
		return nil, tip("config-bad", notWell(fmt.Errorf("%s cannot be used", file)))
	}
	return c, nil
}

// canRead tells whether there is a configuration that this user may read.
func canRead(file string) error {
	f, err := os.Open(file)
	if err == nil {
		if _, err = f.Read(make([]byte, 1)); err == io.EOF {
			err = nil // empty is one of defaults only
		}
		f.Close()
	}
	return tip("config-open", unreachable(err))
}

// flagSecret reads a secret that a flag names. One that stands there itself is
// never quoted.
func flagSecret(c *config.Config, flag, ref string) (string, error) {
	if !strings.HasPrefix(ref, "env:") && !strings.HasPrefix(ref, "file:") {
		return "", tip("secret", wrongUse(fmt.Errorf("%s takes env:NAME or file:PATH, never the secret itself", flag)))
	}
	secret, err := c.Secret(ref)
	return secret, tip("secret", unreachable(err))
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
