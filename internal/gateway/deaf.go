package gateway

import "time"

// deafness is why a unit's source cannot get at its local system, and since when.
type deafness struct {
	cause string
	at    time.Time
}

// Trouble implements adapter.Troubled.
func (l localIntake) Trouble(cause string) {
	g := l.g
	g.mu.Lock()
	before := g.deaf[l.unit].cause
	switch {
	case cause == "":
		delete(g.deaf, l.unit)
	case cause != before:
		g.deaf[l.unit] = deafness{cause, g.now()}
	}
	g.mu.Unlock()
	if cause != "" && cause != before {
		g.log.Warn("unit trouble", "unit", l.unit, "direction", "source", "cause", cause)
	}
}

func (g *Gateway) sourceTrouble(unit string) deafness {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.deaf[unit]
}
