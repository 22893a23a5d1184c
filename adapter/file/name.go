package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"sync"

	"duijie/adapter"
	"duijie/adapter/template"
	"duijie/internal/codec"
)

// maxSteps bounds how many taken numbers a {seq} steps over at once: those that
// a restored store gave before.
const maxSteps = 100_000

func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// name gives the file's name: what the first attempt fixed, else a new one,
// durable before the first byte is written.
func (k *Sink) name(ctx context.Context, r *route, m adapter.Message) (string, error) {
	if !r.fixed() {
		return k.render(r, m, nil)
	}
	kept := "file/" + k.unit + "/name/" + m.Key
	k.naming.Lock()
	defer k.naming.Unlock()
	if name, ok := k.memory.Get(kept); ok {
		return name, nil
	}
	name, err := k.fresh(ctx, r, m)
	if err != nil {
		return "", err
	}
	if !r.own() {
		if err := k.memory.Put(ctx, k.owner(r, name), m.Key); err != nil {
			return "", fmt.Errorf("keep the file's name: %w", err)
		}
	}
	if err := k.memory.Put(ctx, kept, name); err != nil {
		return "", fmt.Errorf("keep the file's name: %w", err)
	}
	return name, nil
}

func (k *Sink) owner(r *route, name string) string {
	return "file/" + k.unit + "/owner/" + join(r.dir, name)
}

// fresh renders a name that no other message has. A {seq} steps over numbers
// that stand in the folder already, as they do after a restore.
func (k *Sink) fresh(ctx context.Context, r *route, m adapter.Message) (string, error) {
	var there map[string]bool
	for range maxSteps {
		name, err := k.render(r, m, func() (uint64, error) {
			day, err := template.FormatTime(k.now(), "yyyyMMdd")
			if err != nil {
				return 0, err
			}
			return k.memory.Next(ctx, "file/"+k.unit+"/seq/"+day)
		})
		if err != nil {
			return "", err
		}
		if r.own() {
			return name, nil
		}
		if there == nil {
			if there, err = k.names(ctx, r); err != nil {
				return "", failed(k.place, "list the folder", err)
			}
		}
		other, ok := k.memory.Get(k.owner(r, name))
		switch {
		case ok && other == m.Key, !ok && !r.occupied(there, name):
			return name, nil
		case !r.file.Uses("seq"):
			return "", &adapter.Failure{Outcome: adapter.Refused, Code: "name-taken", HoldReason: "refused", Err: errors.New("another message has this file's name")}
		}
	}
	return "", errors.New("every number of {seq} is taken")
}

// occupied tells whether a file of that name or a receipt of it is there: one
// that the receiver took away may have left only its receipt, another case's.
func (r *route) occupied(there map[string]bool, name string) bool {
	if r.receipt != nil && (there[beside(r.receipt.ok, name)] || there[beside(r.receipt.error, name)]) {
		return true
	}
	return there[name]
}

// names lists what stands in the folder or has a receipt beside it.
func (k *Sink) names(ctx context.Context, r *route) (map[string]bool, error) {
	out := map[string]bool{}
	for _, dir := range r.folders() {
		all, err := k.place.list(ctx, dir)
		if err != nil {
			return nil, err
		}
		for _, e := range all {
			out[e.name] = true
		}
	}
	return out, nil
}

// render fills the name's template. next counts {seq}.
func (k *Sink) render(r *route, m adapter.Message, next func() (uint64, error)) (string, error) {
	var failure error
	body := sync.OnceValue(func() *codec.Value {
		v, err := codec.Decode(m.Document, codec.Options{Format: k.codec.Format, Charset: k.codec.Charset})
		if err != nil {
			return nil
		}
		return &v
	})
	of := template.OfMessage(m, body)
	name, err := r.file.Render(template.FileName, func(name, arg string) (string, bool) {
		if name != "seq" {
			return of(name, arg)
		}
		width, err := strconv.Atoi(arg)
		if err != nil || width < 1 || width > 18 {
			return "", false
		}
		n, err := next()
		if err != nil {
			failure = err
			return "", false
		}
		return fmt.Sprintf("%0*d", width, template.InRange(n, k.generation(), width)), true
	})
	if failure != nil {
		return "", fmt.Errorf("count {seq}: %w", failure)
	}
	if err == nil {
		_, why := template.FileName(name)
		if why == "" && len(name) > maxName {
			why = "is over 200 bytes"
		}
		if why != "" {
			err = fmt.Errorf("the file's name %s", why)
		}
	}
	if err == nil {
		return name, nil
	}
	f := &adapter.Failure{Outcome: adapter.Refused, Code: "placeholder", HoldReason: "placeholder", Err: fmt.Errorf("name the file: %w", err)}
	var none *template.Missing
	if errors.As(err, &none) && none.Name == "localRef" {
		f.Outcome, f.HoldReason, f.Cause, f.Err = adapter.Transient, "", "localRef", fmt.Errorf("name the file: %w", adapter.ErrNoLocalRef)
	}
	return "", f
}

// generation is how often the store came from a backup.
func (k *Sink) generation() uint64 {
	text, _ := k.memory.Get(adapter.GenerationKey)
	n, _ := strconv.ParseUint(text, 10, 64) // none: never
	return n
}

// maxName leaves room for what stands around a name: .NAME.tmp, NAME.ok.
const maxName = 200
