package gateway

import (
	"duijie/internal/queue"
	"duijie/mapping"
)

// remembered is what the last translation the other way held back, of the same
// unit, type and subject, once its receiver had the document.
func (g *Gateway) remembered(prog *mapping.Program, d queue.Delivery, subject string) []byte {
	if !prog.Remembers() || subject == "" {
		return nil
	}
	other := queue.ToLocal
	if d.Direction == queue.ToLocal {
		other = queue.ToNational
	}
	return g.store.Remembered(queue.Memory{Unit: d.Unit, Type: d.Type, Subject: subject, Direction: other})
}

// toNational translates a local document. Whose it is only its translation
// tells, so where something is remembered of that subject it is done again.
func (g *Gateway) toNational(u *UnitSpec, prog *mapping.Program, d queue.Delivery) ([]byte, mapping.Made, error) {
	env := g.env(u, d)
	out, made, err := prog.ToNational(nil, d.Payload, env)
	subject := made.Subject
	if subject == "" {
		subject = d.Subject
	}
	if env.Remembered = g.remembered(prog, d, subject); env.Remembered == nil {
		return out, made, err
	}
	return prog.ToNational(nil, d.Payload, env)
}
