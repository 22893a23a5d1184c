package attach

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"duijie/adapter"
)

// longestName bounds a file's name in bytes, room left for what makes it unique.
const longestName = 180

// Names are file names for materials, in their order: what a sender called them,
// without folders, leading dots or anything that a file system may refuse, and no
// two alike whatever the case of their letters.
func Names(ms []adapter.Material) []string {
	out := make([]string, 0, len(ms))
	taken := map[string]bool{}
	for _, m := range ms {
		name := safeName(m.Name)
		unique := name
		for n := 2; taken[strings.ToLower(unique)]; n++ {
			ext := path.Ext(name)
			unique = strings.TrimSuffix(name, ext) + " (" + strconv.Itoa(n) + ")" + ext
		}
		taken[strings.ToLower(unique)] = true
		out = append(out, unique)
	}
	return out
}

// safeName is one plain file name.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		case strings.ContainsRune(`:*?"<>|`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimRight(strings.TrimLeft(strings.TrimSpace(name), ". "), ". ")
	if name == "" {
		return "material"
	}
	ext := path.Ext(name)
	if len(ext) > 20 {
		ext = ""
	}
	base := strings.TrimSuffix(name, ext)
	for len(base)+len(ext) > longestName {
		_, n := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-n]
	}
	return base + ext
}
