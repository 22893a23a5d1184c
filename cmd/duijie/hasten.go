package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"

	"duijie/internal/pack"
)

// hastenedPack copies a built-in pack into dir with its waits shortened, so that
// a demonstration of retries ends while somebody watches. Nothing else differs.
func hastenedPack(name, dir string) error {
	_, src, ok := pack.Find(name, nil)
	if !ok {
		return fmt.Errorf("no built-in pack %s", name)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, src); err != nil {
		return fmt.Errorf("copy pack %s: %w", name, err)
	}
	raw, err := fs.ReadFile(src, "pack.yaml")
	if err != nil {
		return err
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	root := doc.Content[0]
	hasten(root)
	setKey(root, "retry", flow("initial", "200ms", "max", "2s"))
	limits := setKey(root, "limits", nil)
	setKey(limits, "timeout", scalar("1s"))
	if b := findKey(limits, "breaker"); b != nil {
		setKey(b, "open", scalar("500ms"))
	}
	out, err := yaml.Marshal(&doc)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "pack.yaml"), out, 0o600)
}

// hasten shortens what a rule or a probe waits for, wherever it stands.
func hasten(n *yaml.Node) {
	if n.Kind == yaml.MappingNode {
		if findKey(n, "after") != nil {
			setKey(n, "after", scalar("300ms"))
		}
		if findKey(n, "every") != nil {
			setKey(n, "every", scalar("200ms"))
		}
		if findKey(n, "stable") != nil {
			setKey(n, "stable", scalar("50ms"))
		}
		if findKey(n, "redeliver") != nil {
			setKey(n, "redeliver", scalar("2s"))
		}
		if findKey(n, "found") != nil {
			setKey(n, "settle", scalar("2s"))
		}
	}
	for _, c := range n.Content {
		hasten(c)
	}
}

func scalar(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

func flow(pairs ...string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for _, p := range pairs {
		n.Content = append(n.Content, scalar(p))
	}
	return n
}

func findKey(m *yaml.Node, key string) *yaml.Node {
	for i := 0; m != nil && i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1]
		}
	}
	return nil
}

// setKey sets a member; with value nil it gives the mapping that is there, or a new one.
func setKey(m *yaml.Node, key string, value *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			if value != nil {
				m.Content[i+1] = value
			}
			return m.Content[i+1]
		}
	}
	if value == nil {
		value = flow()
	}
	m.Content = append(m.Content, scalar(key), value)
	return value
}
