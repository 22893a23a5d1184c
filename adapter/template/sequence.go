package template

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"duijie/adapter"
)

// Sequence fills {seq:WIDTH}: a durable count per unit and day. What a message's
// first attempt got is kept, so that a repeat carries the same.
type Sequence struct {
	Memory adapter.Memory // nil: {seq} has no value
	Scope  string         // kind and unit, what counts for itself
	Now    func() time.Time
}

// maxCounting bounds how long a durable count may take.
const maxCounting = 10 * time.Second

// Of gives values and beside them the {seq} of the message with a key.
func (s Sequence) Of(values Values, key string) Values {
	return func(name, arg string) (string, bool) {
		if name != "seq" {
			return values(name, arg)
		}
		width, err := strconv.Atoi(arg)
		if err != nil || s.Memory == nil {
			return "", false
		}
		n, err := s.number(key)
		if err != nil {
			return "", false
		}
		return fmt.Sprintf("%0*d", width, InRange(n, s.generation(), width)), true
	}
}

func (s Sequence) number(key string) (uint64, error) {
	kept := s.Scope + "/seq-of/" + key
	if text, ok := s.Memory.Get(kept); ok {
		return strconv.ParseUint(text, 10, 64)
	}
	ctx, cancel := context.WithTimeout(context.Background(), maxCounting)
	defer cancel()
	day, err := FormatTime(s.Now(), "yyyyMMdd")
	if err != nil {
		return 0, err
	}
	n, err := s.Memory.Next(ctx, s.Scope+"/seq/"+day)
	if err != nil {
		return 0, fmt.Errorf("count {seq}: %w", err)
	}
	if err := s.Memory.Put(ctx, kept, strconv.FormatUint(n, 10)); err != nil {
		return 0, fmt.Errorf("keep {seq}: %w", err)
	}
	return n, nil
}

func (s Sequence) generation() uint64 {
	text, _ := s.Memory.Get(adapter.GenerationKey)
	n, _ := strconv.ParseUint(text, 10, 64) // none: never
	return n
}

// Uncounted tells that an error is a {seq} that could not be counted now.
func (e *Missing) Uncounted() bool { return strings.HasPrefix(e.Name, "seq:") }

// InRange moves a number into the range of its generation, where its width has
// room for ranges: a restored gateway gives no number that the lost one gave after
// the backup.
func InRange(n, generation uint64, width int) uint64 {
	size := uint64(1)
	for range width - 1 {
		size *= 10
	}
	if n >= size {
		return n
	}
	return n + min(generation, 9)*size
}
