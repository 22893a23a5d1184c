// Package attach is how attachments (附件) travel with documents: inside one as
// base64, beside one in a multipart body or a zip, and the other way, out of a
// document into the store.
//
// It promises that content is streamed, so that an attachment costs a buffer and
// not its size; that equal documents and materials give equal bytes; that names
// which a sender chose never leave their folder and are never the same twice; and
// that no error quotes a name or content. It keeps nothing itself.
package attach

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"duijie/adapter"
)

// Stream is a body of known length that is made while it is sent.
type Stream struct {
	parts  []part
	open   adapter.OpenMaterial
	Length int64 // bytes
}

// part is literal bytes, or a material's content as it is or in base64.
type part struct {
	literal []byte
	digest  string
	base64  bool
}

func (s *Stream) text(b ...byte) {
	s.parts = append(s.parts, part{literal: b})
	s.Length += int64(len(b))
}

func (s *Stream) content(digest string, size int64, inBase64 bool) {
	s.parts = append(s.parts, part{digest: digest, base64: inBase64})
	if inBase64 {
		size = (size + 2) / 3 * 4
	}
	s.Length += size
}

// Whole is a material's content as it is.
func Whole(m adapter.Material, open adapter.OpenMaterial) *Stream {
	s := &Stream{open: open}
	s.content(m.SHA256, m.Size, false)
	return s
}

// Open gives the body from its beginning; it opens one material at a time.
func (s *Stream) Open() io.ReadCloser { return &reader{stream: s} }

// Bytes is the whole body, where it is no longer than a limit.
func (s *Stream) Bytes(limit int64) ([]byte, error) {
	if s.Length > limit {
		return nil, fmt.Errorf("the body is over %d bytes, which is too much to sign", limit)
	}
	r := s.Open()
	b, err := io.ReadAll(r)
	return b, errors.Join(err, r.Close())
}

// reader reads a stream's parts one after another.
type reader struct {
	stream *Stream
	next   int
	from   io.Reader
	close  io.Closer
}

// Read implements io.Reader.
func (r *reader) Read(b []byte) (int, error) {
	for {
		if r.from == nil {
			if r.next == len(r.stream.parts) {
				return 0, io.EOF
			}
			if err := r.begin(r.stream.parts[r.next]); err != nil {
				return 0, err
			}
			r.next++
		}
		n, err := r.from.Read(b)
		if errors.Is(err, io.EOF) {
			if err = r.Close(); err == nil && n == 0 {
				continue
			}
		}
		return n, err
	}
}

func (r *reader) begin(p part) error {
	if p.digest == "" {
		r.from = &literal{p.literal}
		return nil
	}
	content, _, err := r.stream.open(p.digest)
	if err != nil {
		return fmt.Errorf("open material %s: %w", p.digest, err)
	}
	r.from, r.close = content, content
	if p.base64 {
		r.from = &encoder{from: content}
	}
	return nil
}

// Close ends the part under way.
func (r *reader) Close() error {
	c := r.close
	r.from, r.close = nil, nil
	if c == nil {
		return nil
	}
	return c.Close()
}

type literal struct{ b []byte }

func (l *literal) Read(b []byte) (int, error) {
	if len(l.b) == 0 {
		return 0, io.EOF
	}
	n := copy(b, l.b)
	l.b = l.b[n:]
	return n, nil
}

// encoder is base64 of what it reads.
type encoder struct {
	from io.Reader
	out  []byte // encoded, not given yet
	in   [24 << 10]byte
	text [32 << 10]byte
	end  error
}

func (e *encoder) Read(b []byte) (int, error) {
	if len(e.out) == 0 {
		if e.end != nil {
			return 0, e.end
		}
		n, err := io.ReadFull(e.from, e.in[:]) // a multiple of three, but for the last
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = io.EOF
		}
		e.end = err
		base64.StdEncoding.Encode(e.text[:], e.in[:n])
		e.out = e.text[:base64.StdEncoding.EncodedLen(n)]
		if n == 0 {
			return 0, e.end
		}
	}
	n := copy(b, e.out)
	e.out = e.out[n:]
	return n, nil
}
