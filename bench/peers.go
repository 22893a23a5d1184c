package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
)

// peers has the store measured beside others. What they are built of is large, so
// it is a program of its own, made only where this part runs; in a smoke run the
// others are left out at run time.
func peers(p programs, o options) error {
	if o.smoke {
		fmt.Print("the store beside other queues: not in --smoke (its test runs each shortly)\n\n")
		return nil
	}
	bin, err := compile(p.dir, "peers", ".", "./peers")
	if err != nil {
		return err
	}
	cmd := exec.Command(bin, "-each", o.each.String(), "-rounds", strconv.Itoa(o.rounds), "-kind", o.kind)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
