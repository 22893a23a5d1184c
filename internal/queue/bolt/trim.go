package bolt

import "time"

const (
	// trimFrom is the size of a file that is worth it.
	trimFrom = 64 << 20
	// trimEvery is how long pages may gather.
	trimEvery = time.Second / 4
)

// trim lets go of the file's pages now and then. bbolt reads through a memory map,
// so that every page looked at counts as the process's own until the system takes
// it back: a large store that is worked off looks like a leak of a gigabyte.
func (s *Store) trim(used int64) {
	if used < trimFrom || time.Since(s.trimmed) < trimEvery {
		return
	}
	s.trimmed = time.Now()
	if err := unmapPages(s.db); err != nil {
		s.o.Log.Debug("pages of the store stay mapped", "error", err)
	}
}
