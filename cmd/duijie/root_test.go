package main

import (
	"testing"

	"github.com/spf13/cobra"
)

func TestEveryCommandStandsOnceInItsHelp(t *testing.T) {
	n := 0
	var look func(*cobra.Command)
	look = func(c *cobra.Command) {
		seen := map[string]bool{}
		for _, sub := range c.Commands() {
			n++
			if seen[sub.Name()] {
				t.Errorf("%s lists %s twice", c.CommandPath(), sub.Name())
			}
			seen[sub.Name()] = true
			look(sub)
		}
	}
	look(rootCommand(&streams{}))
	if n < 13 {
		t.Errorf("%d commands looked at", n)
	}
}
