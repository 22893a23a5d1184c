package sql

import (
	"context"
	"errors"
	"fmt"

	"duijie/adapter"
)

// class is what a database's error is about.
type class uint8

const (
	other      class = iota // the server answered, and it is none of those below
	lost                    // no answer: the connection is gone
	busy                    // rolled back for a reason that passes: deadlock, lock timeout, too many connections, full disk
	unique                  // a unique constraint is violated
	constraint              // another constraint is
	data                    // a value that the column cannot take, or a trigger that refuses
	denied                  // login, privilege, read-only
	missing                 // no such table or column
)

// fault is a database's error as far as it may be told.
type fault struct {
	class  class
	code   string // SQLSTATE 23505, error 1062
	place  string // the constraint, where the server names it
	detail string // the server's words: they quote values
}

// of reads an error by the dialect; what is no server's answer is a lost connection.
func (b *database) of(err error) fault {
	if f, ok := b.d.fault(err); ok {
		return f
	}
	return fault{class: lost}
}

// step is how far an attempt had come.
type step uint8

const (
	beforeInsert step = iota // provably nothing taken
	inserting                // the first row left
	committing               // whether the commit arrived, nobody knows
)

// failed turns a database's error into an outcome. The error's own text is
// dropped, for it quotes values; the server's words go to Detail, for operators.
func (b *database) failed(ctx context.Context, what string, err error, at step) error {
	var done *adapter.Failure
	if errors.As(err, &done) {
		return fmt.Errorf("%s: %w", what, err)
	}
	f := b.of(err)
	out := &adapter.Failure{Code: "status", Detail: f.detail, Err: fmt.Errorf("%s: %s", what, f)}
	switch f.class {
	case unique, constraint, data:
		out.Outcome = adapter.Refused
	case denied:
		out.Outcome, out.Cause = adapter.UnitTrouble, "database-denied"
	case missing:
		out.Outcome, out.Cause = adapter.UnitTrouble, "no-such-table"
	case lost:
		out.Outcome, out.Code = adapter.Transient, "network"
		if at != beforeInsert {
			out.Outcome = adapter.UnknownTaken
		}
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			out.Code = "timeout"
		}
	case busy:
		out.Outcome = adapter.Transient
	default: // the server said no and the transaction is undone, but a commit's answer may say anything
		out.Outcome = adapter.Transient
		if at == committing {
			out.Outcome = adapter.UnknownTaken
		}
	}
	return &kept{out, err}
}

// kept is a failure with the database's own error for errors.As, never printed.
type kept struct {
	error
	cause error
}

func (e *kept) Unwrap() []error { return []error{e.error, e.cause} }

// String says what went wrong without a value.
func (f fault) String() string {
	words := map[class]string{other: "the database refused", lost: "connection lost", busy: "the database is busy",
		unique: "unique constraint violated", constraint: "constraint violated", data: "a value does not fit its column",
		denied: "access denied", missing: "no such table or column"}[f.class]
	if f.code != "" {
		words += " (" + f.code + ")"
	}
	if f.place != "" {
		words += " by " + f.place
	}
	return words
}

// refused is a document that cannot be inserted as it is.
func refused(format string, args ...any) error {
	return &adapter.Failure{Outcome: adapter.Refused, Code: "mapping", HoldReason: "mapping", Err: fmt.Errorf(format, args...)}
}
