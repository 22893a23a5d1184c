// Command gen writes the JSON Schemas of the national profile from one table,
// table.go, which reads as the dictionary does. Run by "go generate ./schemas";
// a test holds the committed files to the table.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	files, err := generate()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join("national", "v1", name), text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
