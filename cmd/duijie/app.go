package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	bbolterrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sync/errgroup"

	"duijie/internal/access"
	"duijie/internal/audit"
	"duijie/internal/config"
	"duijie/internal/console"
	"duijie/internal/disk"
	"duijie/internal/event"
	"duijie/internal/gateway"
	"duijie/internal/httpapi"
	"duijie/internal/material"
	"duijie/internal/metrics"
	"duijie/internal/queue"
	"duijie/internal/queue/bolt"
	"duijie/schemas"
)

// app is the gateway as a process: everything wired, nothing hidden.
type app struct {
	store   *bolt.Store
	audit   *audit.Log
	gateway *gateway.Gateway
	server  *httpapi.Server
	// materials are the attachments; opened before units are built, which lend them.
	materials *material.Store
	log       *slog.Logger
}

// grace is how long attempts and requests under way may go on after a stop.
const grace = 10 * time.Second

// newApp opens the store and the ports; Run serves. After an error nothing stays open.
func newApp(c *config.Config, log *slog.Logger) (*app, error) {
	a := &app{log: log}
	if err := a.open(c); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// open fills the app in the order in which things depend on each other.
func (a *app) open(c *config.Config) error {
	log := a.log
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return tip("data", unreachable(fmt.Errorf("data folder: %w", err)))
	}
	validator, err := schemas.New()
	if err != nil {
		return err
	}
	if a.materials, err = material.Open(material.Options{Dir: filepath.Join(c.Data, "materials"), MaxBytes: c.Limits.Material}); err != nil {
		return tip("data", unreachable(err))
	}
	lent := lender{memory: &storeMemory{}, materials: a.materials}
	// Packs compile while the store opens: together they are most of a start.
	var setup gateway.Setup
	var start errgroup.Group
	start.Go(func() error { return a.openData(c) })
	start.Go(func() (err error) {
		setup, _, err = buildSetup(c, lent, false, log)
		return err
	})
	if err := start.Wait(); err != nil {
		return err
	}
	lent.memory.store = a.store
	up, err := buildNational(c, lent, log)
	if err != nil {
		return err
	}
	build := readBuildInfo()
	m := metrics.New(build.Version, build.Commit)
	a.gateway, err = gateway.New(gateway.Options{
		Store: a.store, Validator: validator, Setup: setup, National: up,
		Limits: gateway.Limits{Backlog: c.Limits.Backlog, BacklogUnit: c.Limits.BacklogUnit,
			DiskFree: c.Limits.DiskFree, SenderRate: c.Limits.SenderRate},
		LogHorizon: c.Retention.Log, PayloadFor: c.Retention.Payload, NotifyHeld: c.NotifyHeld, Grace: grace, Deadlines: clockRule(c),
		DiskFree: func() (int64, error) { return disk.Free(c.Data) }, Materials: a.materials, PublicPath: c.PublicPath,
		Backup: a.backup(c, build.Version),
		Reload: reloader(c.File, lent, log), Log: log, Metrics: m, Audit: recorder{a.audit},
	})
	if err != nil {
		return err
	}
	people, err := persons(c)
	if err != nil {
		return err
	}
	tlsConfig, err := serverTLS(c)
	if err != nil {
		return err
	}
	pages, err := console.New(console.Config{Gateway: a.gateway, Admins: people, Lang: c.Lang, Log: log})
	if err != nil {
		return err
	}
	a.server, err = httpapi.New(httpapi.Config{
		Listen: c.Listen, Admin: c.Admin, PublicPath: c.PublicPath, Trusted: c.Trusted, Hosts: c.Hosts, Admins: people,
		MaxBody: c.Limits.Body, MaxMaterial: c.Limits.Material, TLS: tlsConfig, Lang: c.Lang, Grace: grace, Log: log,
		Gateway: a.gateway, Schemas: schemas.FS(), Metrics: m, Console: pages,
	})
	if err != nil {
		return tip(portTip(err), unreachable(err))
	}
	return nil
}

// openData opens what lies in the data folder: the store and the audit log.
func (a *app) openData(c *config.Config) (err error) {
	a.store, err = bolt.Open(bolt.Options{Path: storePath(c), Judge: gateway.JudgeCase, Key: event.Key, Log: a.log,
		LogHorizon: horizon(c.Retention.Log), Fault: storeFault()})
	if err != nil {
		return unreachable(storeHint(err, c.Data))
	}
	if a.audit, err = audit.Open(filepath.Join(c.Data, "audit.log"), time.Now); err != nil {
		return tip("data", unreachable(err))
	}
	return nil
}

// horizon is the age from which a message is too old to be told from a repeat; nil: none.
func horizon(log time.Duration) func() time.Time {
	if log <= 0 {
		return nil
	}
	return func() time.Time { return time.Now().Add(-log) }
}

// storeHint says what a person can do about a store that does not open.
func storeHint(err error, dir string) error {
	switch {
	case errors.Is(err, queue.ErrLocked):
		return tip("locked", fmt.Errorf("the data folder %s is in use by another duijie process: %w", dir, err))
	case errors.Is(err, queue.ErrNewer):
		return tip("newer", fmt.Errorf("the store in %s was written by a newer duijie; install that version: %w", dir, err))
	case isDamaged(err):
		return tip("damaged", err)
	}
	return tip("data", err)
}

// isDamaged tells whether bbolt found no database of its own in the file.
func isDamaged(err error) bool {
	return errors.Is(err, bbolterrors.ErrInvalid) || errors.Is(err, bbolterrors.ErrChecksum) || errors.Is(err, bbolterrors.ErrVersionMismatch)
}

// portTip is what can be done about a port that cannot be opened.
func portTip(err error) string {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return "port-taken"
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return "port-denied"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return "port-alien"
	}
	return ""
}

// Run serves until ctx ends, then drains against the flow: listeners and
// sources, claimer, attempts, store.
func (a *app) Run(ctx context.Context) error {
	defer a.close()
	group, gctx := errgroup.WithContext(ctx)
	debug.FreeOSMemory() // compiling packs leaves much behind that serving never needs
	group.Go(func() error { return a.server.Run(gctx) })
	group.Go(func() error { return a.gateway.Run(gctx) })
	return group.Wait()
}

func (a *app) close() {
	if a.server != nil {
		a.server.Close()
	}
	if a.gateway != nil {
		a.gateway.Close()
	}
	if a.audit != nil {
		a.audit.Close()
	}
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			a.log.Error("close store", "error", err)
		}
	}
}

// recorder writes acts to the audit log.
type recorder struct{ log *audit.Log }

// Record appends one act, synced.
func (r recorder) Record(operator, act, target, reason string) error {
	return r.log.Append(audit.Entry{Operator: operator, Act: act, Target: target, Reason: reason})
}

func persons(c *config.Config) (access.List, error) {
	var list access.List
	for _, a := range c.Admins {
		p, err := access.NewPerson(a.Name, a.TokenHash, a.Role)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// serverTLS is the public listener's TLS, nil for plain HTTP.
func serverTLS(c *config.Config) (*tls.Config, error) {
	if c.TLS.Cert == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(c.Path(c.TLS.Cert), c.Path(c.TLS.Key))
	if err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	t := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	if c.TLS.ClientCA != "" {
		pem, err := os.ReadFile(c.Path(c.TLS.ClientCA))
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, errors.New("tls: clientCA holds no certificate")
		}
		t.ClientCAs, t.ClientAuth = pool, tls.VerifyClientCertIfGiven
	}
	return t, nil
}
