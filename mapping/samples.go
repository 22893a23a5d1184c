package mapping

import (
	"fmt"
	"math/rand/v2"

	"duijie/internal/codec"
)

// Samples makes n random documents that a direction reads, as wire bytes, from
// the schema and the rules of a type. Equal seeds give equal documents. They
// hold made-up values only.
func (s *Set) Samples(typ string, d Direction, n int, seed uint64) ([][]byte, error) {
	c, ok := s.files[typ]
	if !ok || !c.f.direction.has(d) {
		return nil, fmt.Errorf("samples of %s %s: the pack has no such program", typ, d)
	}
	g := c.generator(source(d), rand.New(rand.NewPCG(seed, uint64(len(typ)))))
	var out [][]byte
	for range n {
		doc := g.document()
		if source(d) == nat {
			out = append(out, codec.AppendJSON(nil, doc))
			continue
		}
		b, err := codec.Encode(nil, doc, s.src.options(d))
		if err != nil {
			return nil, fmt.Errorf("samples of %s: %w", typ, err)
		}
		out = append(out, b)
	}
	return out, nil
}
