package mapping

import (
	"fmt"

	"duijie/internal/codec"
)

// Wire gives a document that somebody wrote as text the bytes that the table
// reads in a direction: the charset of the local side, UTF-8 on the national one.
func (p *Program) Wire(d Direction, text string) ([]byte, error) {
	if source(d) == nat {
		return []byte(text), nil
	}
	o := p.c.src.options(d)
	b, err := codec.EncodeText(text, o.Charset, o.Substitutes)
	if err != nil {
		return nil, fmt.Errorf("write the document in the charset of the local side: %w", err)
	}
	return b, nil
}
