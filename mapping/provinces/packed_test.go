package provinces_test

import (
	"bytes"
	"io/fs"
	"os"
	"testing"

	"duijie/mapping/provinces"
)

// TestPackedIsCurrent holds what the program carries to the folders beside this file.
func TestPackedIsCurrent(t *testing.T) {
	here, packed := os.DirFS("."), provinces.FS()
	dirs, err := fs.Glob(here, "[0-9]*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("%d folders, %v", len(dirs), err)
	}
	n := 0
	for _, dir := range dirs {
		err := fs.WalkDir(here, dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			n++
			want, err := fs.ReadFile(here, name)
			if err != nil {
				return err
			}
			if got, err := fs.ReadFile(packed, name); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s is not what the program carries: run go generate ./mapping/provinces", name)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	carried := 0
	err = fs.WalkDir(packed, ".", func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			carried++
		}
		return err
	})
	if err != nil || carried != n {
		t.Errorf("the program carries %d files, there are %d (%v)", carried, n, err)
	}
}
