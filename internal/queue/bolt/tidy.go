package bolt

import "time"

const (
	// restAfter is how long nothing is written before what has gathered is carried
	// to its place, so that an idle store is tidy and gives its memory back.
	restAfter = time.Second
	// carryAtRest is how many entries a commit carries then.
	carryAtRest = 2000
)

// rest carries a part of what has gathered; false: there is nothing more, or it
// could not be written.
func (s *Store) rest() bool {
	s.file.Seal()
	if s.Health() != "ok" || !s.file.Pending() {
		return false
	}
	err, _ := s.try(nil)
	return err == nil && s.file.Pending()
}

// tidy carries all that has gathered.
func (s *Store) tidy() error {
	for s.file.Pending() {
		s.file.Seal()
		w, err := s.file.Write()
		if err != nil {
			return err
		}
		w.Carry = carryAtRest
		if err := s.reserve(w.Size(), 0, int64(w.Needs())); err != nil {
			_ = w.Rollback() // nothing was written
			return err
		}
		if err := w.Commit(); err != nil {
			return err
		}
	}
	return nil
}
