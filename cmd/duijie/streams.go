package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/mattn/go-isatty"
)

// streams are where a verb reads and writes. stdout is for the answer, stderr
// for everything said on the way.
type streams struct {
	in  io.Reader
	out *counted
	err io.Writer
	// terminal says that a person watches stderr: only then are there progress bars.
	terminal bool
}

func stdStreams() *streams {
	return newStreams(os.Stdin, os.Stdout, os.Stderr, isatty.IsTerminal(os.Stderr.Fd()))
}

func newStreams(in io.Reader, out, err io.Writer, terminal bool) *streams {
	return &streams{in: in, out: &counted{w: out}, err: err, terminal: terminal}
}

// wrote tells whether anything went to stdout.
func (s *streams) wrote() bool { return s.out.n > 0 }

// json writes the one value of --json.
func (s *streams) json(v any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table writes rows under a head, in columns.
func (s *streams) table(head string, rows [][]string) error {
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			if cell == "" {
				cell = "-"
			}
			fmt.Fprint(w, cell)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// counted is a writer that knows how much went through it.
type counted struct {
	w io.Writer
	n int
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}
