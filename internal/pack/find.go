package pack

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"duijie/mapping/provinces"
)

// Builtin is what stands before the name of a pack that came with the program.
const Builtin = "builtin:"

// Find looks a pack up by its folder's name: first below each of dirs, then
// among the built-in ones. The name given back is for Load.
func Find(name string, dirs []string) (dir string, fsys fs.FS, ok bool) {
	if name == "" || strings.ContainsAny(name, `/\`) || strings.HasPrefix(name, ".") {
		return "", nil, false
	}
	for _, d := range dirs {
		dir = filepath.Join(d, name)
		if isPack(os.DirFS(dir)) {
			return filepath.ToSlash(dir), os.DirFS(dir), true
		}
	}
	sub, err := fs.Sub(provinces.FS(), name)
	if err != nil || !isPack(sub) {
		return "", nil, false
	}
	return Builtin + name, sub, true
}

// Names lists every pack that Find can find, in order of name.
func Names(dirs []string) []string {
	seen := map[string]bool{}
	roots := []fs.FS{provinces.FS()}
	for _, d := range dirs {
		roots = append(roots, os.DirFS(d))
	}
	for _, root := range roots {
		entries, err := fs.ReadDir(root, ".")
		if err != nil {
			continue // a folder that is not there holds no pack; the configuration's check says so
		}
		for _, e := range entries {
			if sub, err := fs.Sub(root, e.Name()); err == nil && isPack(sub) {
				seen[e.Name()] = true
			}
		}
	}
	out := make([]string, 0, len(seen))
	for name := range seen {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func isPack(fsys fs.FS) bool {
	info, err := fs.Stat(fsys, "pack.yaml")
	return err == nil && !info.IsDir()
}
