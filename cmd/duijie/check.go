package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"duijie/internal/config"
	"duijie/internal/i18n"
	"duijie/internal/pack"
	"duijie/internal/yamlnode"
)

func checkCommand(s *streams) *cobra.Command {
	var file, lang string
	var offline, store, asJSON bool
	c := &cobra.Command{
		Use:   "check -c duijie.yaml",
		Short: "check configuration, packs, keys and whether the peers can be reached",
		Long: "Exit 1 if something is wrong with configuration, packs or keys; 3 if all that is well but a peer cannot be reached,\n" +
			"or the store or the file itself cannot be opened.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			speak, err := language(lang)
			if err != nil {
				return err
			}
			if err := canRead(file); err != nil {
				return err
			}
			findings, away := check(c.Context(), file, offline)
			if failed, _ := count(findings); store && failed == 0 {
				cfg, _ := config.Load(file)
				found, err := checkStore(cfg)
				if err != nil {
					return err
				}
				findings = append(findings, found...)
			}
			findings = append(findings, away...)
			if err := printFindings(s, findings, asJSON); err != nil {
				return err
			}
			failed, warned := count(findings)
			if !asJSON {
				explainCodes(s.out, findings, speak, i18n.Setting)
				fmt.Fprintf(s.out, "%s: %s, %s\n", file, i18n.Count(failed, "error"), i18n.Count(warned, "warning"))
			}
			shut := 0 // not wrong, but out of reach
			for _, f := range findings {
				if f.Severity == "error" && (f.Code == "unreachable" || f.Code == storeUnopened) {
					shut++
				}
			}
			switch {
			case failed > shut:
				return notWell(errSilent)
			case shut > 0:
				return unreachable(errSilent)
			}
			return nil
		},
	}
	c.Flags().StringVarP(&file, "config", "c", "duijie.yaml", "the configuration")
	c.Flags().StringVar(&lang, "lang", "", "zh adds what each code means and what to do (default: as LC_ALL, LC_MESSAGES or LANG says)")
	c.Flags().BoolVar(&store, "store", false, "walk the whole store, which no gateway may be using, and make indexes that are wrong anew from the log")
	c.Flags().BoolVar(&offline, "offline", false, "don't ask whether the peers can be reached")
	jsonFlag(c, &asJSON)
	return c
}

// check gives what is wrong with the file, its packs and keys; away are the
// peers that do not answer, asked only where all else is well.
func check(ctx context.Context, file string, offline bool) (findings, away []finding) {
	c, found := config.Load(file)
	findings = ofConfig(found)
	if c == nil {
		return findings, nil
	}
	findings = append(findings, ofConfig(c.CheckSecrets())...)
	peers := map[string]string{}
	if c.National.URL != "" {
		peers[c.National.URL] = "the national platform"
	}
	for _, u := range c.Units {
		for _, f := range checkUnit(c, u, peers) {
			if !slices.Contains(findings, f) { // units that share a pack share its findings
				findings = append(findings, f)
			}
		}
	}
	findings = append(findings, checkNational(c)...)
	findings = append(findings, checkKeys(c)...)
	findings = append(findings, checkModes(c)...)
	findings = append(findings, checkCalendar(c, time.Now())...)
	if failed, _ := count(findings); failed == 0 && !offline {
		away = reach(ctx, file, peers)
	}
	return findings, away
}

// checkUnit checks the unit's pack and its use, and notes where its system is.
func checkUnit(c *config.Config, u config.Unit, peers map[string]string) []finding {
	p, found, err := loadPack(c, u)
	out := ofGateway(found)
	if err != nil {
		if failed, _ := count(out); failed == 0 {
			out = append(out, finding{File: c.Name(), Line: u.Line, Col: u.Col, Severity: "error", Code: "no-such-pack", Message: "unit " + u.Code + ": " + err.Error()})
		}
		return out
	}
	for _, end := range []*yaml.Node{p.SinkSettings(u.Settings).Node, p.SourceSettings(u.Settings).Node} {
		if address := yamlnode.Find(yamlnode.Find(end, "settings"), "url"); address != nil && address.Value != "" {
			peers[address.Value] = "the local system of unit " + u.Code
		}
		if a := yamlnode.Find(yamlnode.Find(end, "auth"), "algorithm"); a != nil && a.Value == "md5" {
			weak := finding{File: p.Name + "/pack.yaml", Line: a.Line, Col: a.Column, Severity: "warning", Code: "weak-signature",
				Message: "MD5 protects against mistakes, not against forgers: only because the local system demands it; keep the line to it private"}
			if !slices.Contains(out, weak) {
				out = append(out, weak)
			}
		}
	}
	return append(out, checkEnds(c, u, p)...)
}

// checkEnds builds a unit's sink and source as serve would: keys that are none, an
// address that is missing. Secrets that cannot be read are findings already.
func checkEnds(c *config.Config, u config.Unit, p *pack.Pack) []finding {
	for name := range u.Secrets {
		if _, err := c.UnitSecret(u.Code, name); err != nil {
			return nil
		}
	}
	sink, source, err := buildEnds(c, u, p, lender{memory: &storeMemory{}}, slog.New(slog.DiscardHandler))
	for _, end := range []any{sink, source} {
		if closer, ok := end.(io.Closer); ok {
			closer.Close()
		}
	}
	if err != nil {
		return []finding{{File: c.Name(), Line: u.Line, Col: u.Col, Severity: "error", Code: "unit-broken", Message: err.Error()}}
	}
	return nil
}

// checkKeys reads every signing key as serve would. A secret that cannot be read
// at all is already among the findings.
func checkKeys(c *config.Config) []finding {
	var out []finding
	try := func(what string, scheme config.Scheme) {
		if scheme.Scheme == "" || scheme.Scheme == "none" {
			return
		}
		for _, ref := range scheme.Keys {
			if _, err := c.Secret(ref); err != nil {
				continue
			}
			if _, err := loadKey(c, scheme.Scheme, ref); err != nil {
				out = append(out, finding{File: c.Name(), Severity: "error", Code: "bad-key", Message: what + ": " + err.Error()})
			}
		}
	}
	try("national.sign", c.National.Sign)
	for _, sender := range c.Senders {
		try("sender "+sender.Source, sender.Verify)
	}
	return out
}

// reach opens a connection to each peer and closes it again; nothing is sent.
func reach(ctx context.Context, file string, peers map[string]string) []finding {
	var out []finding
	d := net.Dialer{Timeout: 3 * time.Second}
	for _, address := range slices.Sorted(maps.Keys(peers)) {
		host, ok := hostPort(address)
		if !ok {
			continue
		}
		conn, err := d.DialContext(ctx, "tcp", host)
		if err != nil {
			out = append(out, finding{File: file, Severity: "error", Code: "unreachable", Message: fmt.Sprintf("%s at %s cannot be reached", peers[address], host)})
			continue
		}
		conn.Close()
	}
	return out
}

// hostPort is where a URL's server listens; not ok for anything but HTTP.
func hostPort(address string) (string, bool) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "http") {
		return "", false
	}
	if u.Port() != "" {
		return u.Host, true
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme]), true
}
