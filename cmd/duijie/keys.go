package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"duijie/internal/config"
	"duijie/internal/sm"
)

func keysCommand(s *streams) *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "make keys and tokens, and look at what a key is"}
	c.AddCommand(newKeyCommand(s), showKeyCommand(s))
	return c
}

// madeKey is a new key; Public is the part that the peer gets, for a token its hash.
type madeKey struct {
	Scheme string `json:"scheme"`
	Secret string `json:"secret,omitempty"`
	File   string `json:"file,omitempty"`
	Public string `json:"public,omitempty"`
}

func newKeyCommand(s *streams) *cobra.Command {
	var scheme, out string
	var asJSON bool
	c := &cobra.Command{
		Use:   "new [--scheme v1|v1sm3|v1sm2|token] [--out FILE]",
		Short: "make a signing key, or an admin's token with the hash for duijie.yaml",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			k := madeKey{Scheme: scheme}
			switch scheme {
			case sm.V1, sm.V1SM3:
				k.Secret = sm.NewSecret()
			case sm.V1SM2:
				var err error
				if k.Secret, k.Public, err = sm.NewSM2(); err != nil {
					return err
				}
			case "token":
				k.Secret = rand.Text()
				k.Public = "sm3:" + sm.SM3Hex([]byte(k.Secret))
			default:
				return wrongUse(fmt.Errorf("no scheme %s; there are %s and token", scheme, strings.Join(sm.Schemes(), " ")))
			}
			if out != "" {
				if err := writeSecret(out, k.Secret); err != nil {
					return unreachable(err)
				}
				k.Secret, k.File = "", out
			}
			return printKey(s, k, asJSON)
		},
	}
	c.Flags().StringVar(&scheme, "scheme", sm.V1SM3, "v1 v1sm3 v1sm2, or token")
	c.Flags().StringVar(&out, "out", "", "write the secret into a new file that only you can read, instead of printing it")
	jsonFlag(c, &asJSON)
	return c
}

// writeSecret makes a new file; an existing one is left alone.
func writeSecret(file, secret string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, strings.TrimSuffix(secret, "\n"))
	return errors.Join(err, f.Close())
}

func printKey(s *streams, k madeKey, asJSON bool) error {
	if asJSON {
		return s.json(k)
	}
	for _, line := range []string{k.Secret, k.Public} {
		if line != "" {
			fmt.Fprintln(s.out, strings.TrimSuffix(line, "\n"))
		}
	}
	return nil
}

func showKeyCommand(s *streams) *cobra.Command {
	var scheme string
	var asJSON bool
	c := &cobra.Command{
		Use:   "show env:NAME|file:PATH [--scheme S]",
		Short: "whether a key can be read and what it can do; the key itself is never shown",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if !slices.Contains(sm.Schemes(), scheme) {
				return wrongUse(fmt.Errorf("no scheme %s", scheme))
			}
			key, err := loadKey(&config.Config{File: "./duijie.yaml"}, scheme, args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(map[string]any{"scheme": key.Scheme(), "canSign": key.CanSign()})
			}
			_, err = fmt.Fprintf(s.out, "%s, can sign: %v\n", key, key.CanSign())
			return err
		},
	}
	c.Flags().StringVar(&scheme, "scheme", sm.V1SM3, "v1 v1sm3 v1sm2")
	jsonFlag(c, &asJSON)
	return c
}
