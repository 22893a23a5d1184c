package incoming

import (
	"context"
	"errors"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/internal/codec"
	"duijie/internal/problem"
)

// Detach does for a message of Item what Hand does by itself: it stores the
// attachments inside its document. An error is trouble of ours: it was not stored.
func (e *Endpoint) Detach(ctx context.Context, in *adapter.Incoming) error {
	if e.materials == nil || in.Unreadable {
		return nil
	}
	body, err := codec.Decode(in.Document, e.codec)
	if err != nil {
		in.Unreadable = true
		return nil
	}
	return e.detach(ctx, &body, in)
}

// detach stores the attachments that came inside a document and puts what stands
// for them in their place. A document whose attachments cannot be read is taken as
// it came and needs a person, unless the endpoint is strict.
func (e *Endpoint) detach(ctx context.Context, body *codec.Value, in *adapter.Incoming) error {
	if e.materials == nil {
		return nil
	}
	digests, err := e.materials.Keep(ctx, e.keeper, body, nil)
	var bad *attach.Bad
	var document []byte
	if err == nil && len(digests) > 0 {
		if document, err = codec.Encode(nil, *body, e.codec); err != nil {
			err = &attach.Bad{Why: "the document has no place for what stands for an attachment"}
		}
	}
	switch {
	case errors.As(err, &bad) && e.strict:
		return &problem.Problem{Code: "malformed", Detail: bad.Why}
	case errors.As(err, &bad):
		in.Unreadable = true
	case err != nil:
		return &problem.Problem{Code: "store", Detail: "an attachment could not be stored", RetryAfter: 30 * time.Second}
	case document != nil:
		in.Document, in.Materials = document, digests
	}
	return nil
}
