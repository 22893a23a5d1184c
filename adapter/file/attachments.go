package file

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"syscall"
	"time"

	"duijie/adapter"
	"duijie/adapter/attach"
	"duijie/internal/codec"
)

// errNotYet is an attachment that a document names and that is not there yet.
var errNotYet = errors.New("an attachment is not there yet")

// attachmentPatience is how long a document waits for the files that it names.
const attachmentPatience = 10 * time.Minute

// detach stores the attachments of a document, and gives their digests.
func (l *reader) detach(ctx context.Context, claim string, v *codec.Value, zipped *archive) ([]string, error) {
	if l.read.materials == nil {
		return nil, nil
	}
	delete(l.files, claim)
	if l.read.materials.Kind == "entries" {
		return l.keepEntries(ctx, zipped)
	}
	digests, err := l.read.materials.Keep(ctx, l.keeper, v, func(name string) (io.ReadCloser, error) {
		if l.read.materials.Kind == "zip" {
			return zipped.entry(name)
		}
		return l.beside(ctx, claim, name)
	})
	var wrong *attach.Bad
	if errors.As(err, &wrong) {
		return nil, &bad{"attachment", wrong.Why}
	}
	return digests, err
}

// keepEntries stores every entry beside the document.
func (l *reader) keepEntries(ctx context.Context, zipped *archive) (digests []string, err error) {
	if l.keeper == nil {
		return nil, errors.New("no store for attachments is lent")
	}
	for name, f := range zipped.names {
		if f == zipped.document || f.Mode().IsDir() {
			continue
		}
		content, err := zipped.entry(name)
		if err != nil {
			return nil, err
		}
		m, err := l.keeper.Keep(ctx, path.Base(name), "", content)
		var wrong *attach.Bad
		switch err = errors.Join(err, content.Close()); {
		case errors.As(err, &wrong):
			return nil, &bad{"attachment", wrong.Why}
		case errors.Is(err, adapter.ErrMaterialTooLarge):
			return nil, &bad{"attachment", "an attachment is over the limit"}
		case err != nil:
			return nil, err
		}
		digests = append(digests, m.SHA256)
	}
	slices.Sort(digests)
	return digests, nil
}

// entry opens what a document calls one of the other entries: by its path in the
// zip, or by the path from the document.
func (a *archive) entry(name string) (io.ReadCloser, error) {
	for _, at := range []string{name, path.Join(path.Dir(a.at), name)} {
		f := a.names[at]
		if f == nil || f.Mode().IsDir() {
			continue
		}
		r, err := f.Open()
		if err != nil {
			return nil, &attach.Bad{Why: "an attachment cannot be unpacked"}
		}
		return unpacked{r}, nil
	}
	return nil, &attach.Bad{Why: "the zip has no entry that the document names as an attachment"}
}

// unpacked says in our words what is wrong with an entry.
type unpacked struct{ io.ReadCloser }

func (u unpacked) Read(b []byte) (int, error) {
	n, err := u.ReadCloser.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &attach.Bad{Why: "an attachment cannot be unpacked"}
	}
	return n, err
}

// beside opens a file that a document names, in the folder that the document came
// from. A link or a way out is the document's fault; one that is not there is
// waited for a while.
func (l *reader) beside(ctx context.Context, claim, name string) (io.ReadCloser, error) {
	if !safeEntry(name) {
		return nil, &attach.Bad{Why: "an attachment's name leads out of its folder"}
	}
	f, err := l.place.open(ctx, join(l.read.dir, name), maxFile)
	_, _, since, _ := claimOf(claim)
	switch {
	case missing(err) && time.Since(since) < attachmentPatience:
		return nil, errNotYet
	case missing(err):
		return nil, &attach.Bad{Why: "a file that the document names as an attachment did not come"}
	case errors.Is(err, errTooLarge):
		return nil, &attach.Bad{Why: "an attachment is over the limit"}
	case errors.Is(err, fs.ErrInvalid), errors.Is(err, syscall.ELOOP):
		return nil, &attach.Bad{Why: "an attachment is a link or no plain file"}
	case err != nil:
		return nil, err
	}
	l.files[claim] = append(l.files[claim], name)
	return f, nil
}

// follow moves the files beside a document after it, into done. One that stays
// behind does no harm: its document is done.
func (l *reader) follow(ctx context.Context, claim string) {
	for _, name := range l.files[claim] {
		to := path.Base(name)
		if there, err := exists(ctx, l.place, join(l.read.done, to)); err != nil || there {
			to = claim[:13] + "." + to
		}
		if err := l.place.rename(ctx, join(l.read.dir, name), join(l.read.done, to)); err != nil && !missing(err) {
			l.once(ctx, "follow", "", failed(l.place, "move an attachment", err))
		}
	}
	delete(l.files, claim)
}
