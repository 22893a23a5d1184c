// Package config reads duijie.yaml into one checked value: unknown keys are
// errors with line and column, all findings come at once, secrets are references
// (env:NAME, file:PATH) and never literal. It opens no store and no connection.
package config

import (
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/internal/yamlnode"
)

// Config is the whole of duijie.yaml, paths made absolute.
type Config struct {
	File       string
	Listen     string
	Admin      string
	PublicPath string
	Trusted    []string // trustedProxies
	Hosts      []string // host names that the admin listener answers to, besides loopback (adminHosts)
	Data       string
	Packs      []string
	Exchange   []string
	Lang       string
	National   National
	Senders    []Sender
	Units      []Unit
	Limits     Limits
	Retention  Retention
	NotifyHeld time.Duration
	TLS        TLS
	Admins     []Admin
	Log        Log
	Holidays   string            // the calendar's file, empty where there is none
	Calendar   map[int]Year      // what it says, by year
	Deadlines  map[string]string // clock → "3wd" (working days) or "30d"
	refs       []reference       // every secret reference, for CheckSecrets
	name       string            // the file as the user named it
}

// Year is the calendar of one year: days as 2026-10-01.
type Year struct{ Holidays, Workdays []string }

// National is where upward messages go.
type National struct {
	URL, Materials, Source string
	Sign                   Scheme
	Retry                  Retry
	Concurrency            int           // 8
	Timeout                time.Duration // 15s
	// Kind is empty for HTTP or "file"; Node then holds settings, routes and reads as the file kind has them.
	Kind string
	Node *yaml.Node
}

// Given tells whether there is a way upward at all.
func (n National) Given() bool { return n.URL != "" || n.Kind != "" }

// Retry as in a pack; defaults 5s, 10m, 2, 0.3.
type Retry struct {
	Initial, Max       time.Duration
	Multiplier, Jitter float64
}

// Scheme is a signature scheme with its keys, as references.
type Scheme struct {
	Scheme    string   // v1 v1sm3 v1sm2 none
	Keys      []string // env:NAME or file:PATH
	Tolerance time.Duration
}

// Sender may push downward.
type Sender struct {
	Source      string
	Verify      Scheme
	Units       []string // "*" is all
	Certificate string
}

// Unit is a docking unit (对接单位).
type Unit struct {
	Code        string
	Pack        string
	Mode        string // resident parallel docked
	Since       time.Time
	Shadow      bool
	Settings    *yaml.Node        // mapping, nil where absent
	Secrets     map[string]string // NAME → reference
	Allow       []string
	From        []string
	Certificate string
	Line, Col   int // of the unit in the file
}

// Limits bound what is taken; 0 switches a limit off.
type Limits struct {
	Body, Material       int64
	Backlog, BacklogUnit int
	DiskFree             int64
	SenderRate           float64
}

// Retention says how long payloads and the log live.
type Retention struct{ Payload, Log time.Duration }

// TLS of the listeners.
type TLS struct{ Cert, Key, ClientCA string }

// Admin is a person with a token.
type Admin struct{ Name, TokenHash, Role string }

// Log settings.
type Log struct {
	Level   string
	File    string
	MaxSize int64
	Keep    time.Duration
}

// Finding is one thing wrong, at a place.
type Finding = yamlnode.Finding
