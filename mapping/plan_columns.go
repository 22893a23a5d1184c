package mapping

type gathering struct{}

func (r *planRun) gathered(m *maker, each func()) {}
func (r *planRun) gatherKeys(w *keyWalk)          {}
