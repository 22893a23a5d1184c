package main

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"duijie/adapter"
	"duijie/adapter/file"
	"duijie/adapter/national"
	"duijie/internal/config"
	"duijie/internal/gateway"
	"duijie/internal/queue"
	"duijie/internal/sm"
	"duijie/internal/yamlnode"
)

// buildNational makes the way up; without one upward messages wait.
func buildNational(c *config.Config, lent lender, log *slog.Logger) (gateway.NationalSpec, error) {
	n := c.National
	spec := gateway.NationalSpec{Source: n.Source, Retry: queue.Retry(n.Retry), Concurrency: n.Concurrency, Timeout: n.Timeout}
	if n.Kind == "file" {
		return spec, nationalFolders(c, &spec, lent, log)
	}
	if n.URL == "" {
		return spec, nil
	}
	var sign func(id string, ts time.Time, body []byte) (string, error)
	if n.Sign.Scheme != "" && n.Sign.Scheme != "none" && len(n.Sign.Keys) > 0 {
		key, err := loadKey(c, n.Sign.Scheme, n.Sign.Keys[0])
		if err != nil {
			return spec, fmt.Errorf("national: %w", err)
		}
		sign = func(id string, ts time.Time, body []byte) (string, error) { return sm.Sign(key, id, ts, body) }
	}
	sink, err := national.New(national.Config{URL: n.URL, Materials: n.Materials, Sign: sign, Timeout: n.Timeout, Now: time.Now})
	if err != nil {
		return spec, fmt.Errorf("national: %w", err)
	}
	spec.Sink = adapter.Sink(sink)
	return spec, nil
}

// nationalFolders makes the way up and down over folders.
func nationalFolders(c *config.Config, spec *gateway.NationalSpec, lent lender, log *slog.Logger) error {
	f := foldersOf(c)
	if bad := failures(f.check()); len(bad) > 0 {
		return notWell(fmt.Errorf("national: %s:%d:%d: %s", bad[0].File, bad[0].Line, bad[0].Col, bad[0].Message))
	}
	deps := adapter.Deps{Unit: "national", Exchange: c.Exchange, Memory: lent.memory, Materials: lent.keeper("national"), Now: time.Now,
		Log: log.With("peer", "national"), Secret: func(name string) (string, error) { return c.Secret(f.secrets[name]) }}
	if f.sink != nil {
		sink, err := file.New(f.settings(f.sink), deps)
		if err != nil {
			return fmt.Errorf("national: %w", err)
		}
		spec.Sink = sink
	}
	if f.source != nil {
		source, err := file.NewSource(f.settings(f.source), deps)
		if err != nil {
			return fmt.Errorf("national: %w", err)
		}
		spec.Feed = source
	}
	return nil
}

// folders are `national: {kind: file}` as the file kind reads it.
type folders struct {
	file         string
	timeout      time.Duration
	sink, source *yaml.Node        // nil: no routes, no reads
	secrets      map[string]string // references by the name that stands for them
}

func foldersOf(c *config.Config) folders {
	f := folders{file: c.Name(), timeout: c.National.Timeout, secrets: map[string]string{}}
	n := yamlnode.Clone(c.National.Node)
	own := yamlnode.Find(n, "settings")
	for _, key := range []string{"key", "knownHosts"} {
		// In duijie.yaml a secret is a reference; the kind knows secrets by name.
		if v := yamlnode.Find(own, key); v != nil && v.Kind == yaml.ScalarNode && !strings.HasPrefix(v.Value, "secret:") {
			f.secrets[key] = v.Value
			v.Value, v.Tag = "secret:"+key, "!!str"
		}
	}
	if root := yamlnode.Find(own, "root"); root != nil && !strings.HasPrefix(root.Value, "sftp://") && root.Value != "" {
		root.Value = c.Path(root.Value)
	}
	end := func(part string) *yaml.Node {
		what := yamlnode.Find(n, part)
		if what == nil {
			return nil
		}
		out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column}
		set(out, "kind", plain("file"))
		if own != nil {
			set(out, "settings", yamlnode.Clone(own))
		}
		set(out, part, what)
		return out
	}
	f.sink, f.source = end("routes"), end("reads")
	if reads := yamlnode.Find(n, "reads"); reads != nil {
		for _, one := range reads.Content {
			if one.Kind != yaml.MappingNode {
				continue
			}
			// Events say their type themselves; one that is refused goes to bad.
			if yamlnode.Find(one, "type") == nil {
				set(one, "type", plain("event"))
			}
			if yamlnode.Find(one, "dedupe") == nil {
				set(one, "dedupe", plain("body.id"))
			}
			// What lies beside an event in a zip are the attachments that it names.
			if yamlnode.Find(one, "document") != nil && yamlnode.Find(one, "materials") == nil {
				set(one, "materials", plain("entries"))
			}
			set(one, "strict", plain("true"))
		}
	}
	return f
}

func set(n *yaml.Node, key string, value *yaml.Node) { yamlnode.Set(n, plain(key), value) }

func plain(text string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text, Tag: "!!str"}
	if text == "true" {
		n.Tag = "!!bool"
	}
	return n
}

func (f folders) settings(n *yaml.Node) adapter.Settings {
	return adapter.Settings{File: f.file, Node: n, Codec: adapter.Codec{Format: "json", Charset: "UTF-8"}, Answer: adapter.Codec{Format: "text", Charset: "UTF-8"},
		Timeout: f.timeout, FromUnit: map[string]bool{"root": true, "key": true, "knownHosts": true}}
}

// check gives what the file kind finds in routes and reads.
func (f folders) check() []adapter.Finding {
	var out []adapter.Finding
	if f.sink != nil {
		out = append(out, file.Kind.CheckSink(f.settings(f.sink))...)
	}
	if f.source != nil {
		out = append(out, file.Kind.CheckSource(f.settings(f.source))...)
	}
	return out
}

func failures(fs []adapter.Finding) (out []adapter.Finding) {
	for _, f := range fs {
		if f.Severity == "error" {
			out = append(out, f)
		}
	}
	return out
}

// checkNational checks a national platform over folders.
func checkNational(c *config.Config) []finding {
	if c.National.Kind != "file" {
		return nil
	}
	f := foldersOf(c)
	var out []finding
	if f.sink == nil && f.source == nil {
		out = append(out, finding{File: c.Name(), Severity: "error", Code: "missing", Message: "national: kind: file needs routes or reads"})
	}
	for _, one := range f.check() {
		if one.Code == "no-dedupe" || one.Code == "may-double" {
			continue // events have their own identity
		}
		out = append(out, finding{File: one.File, Line: one.Line, Col: one.Col, Severity: one.Severity, Code: one.Code, Message: one.Message, Hint: one.Hint})
	}
	return out
}
