package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"duijie/adapter"
)

// failed is a network error in our own words; the cause stays for errors.Is and is never printed.
type failed struct {
	words string
	cause error
}

func (f *failed) Error() string { return f.words }
func (f *failed) Unwrap() error { return f.cause }

// describe says what happened without a URL, a header or what the peer sent.
func describe(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); ctx.Err() != nil {
		if errors.Is(cause, context.DeadlineExceeded) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return &failed{"no answer in time", context.DeadlineExceeded}
		}
		return &failed{"attempt was cancelled", context.Canceled}
	}
	if words := verification(err); words != "" {
		return &adapter.Failure{Outcome: adapter.UnitTrouble, Code: "network", Cause: "tls", Err: errors.New(words)}
	}
	var dns *net.DNSError
	var op *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errSpoke):
		return &failed{errSpoke.Error(), nil}
	case errors.As(err, &dns):
		return &failed{"host name was not resolved", nil}
	case errors.As(err, &record):
		return &failed{"peer does not speak TLS", nil}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &failed{"connection refused", syscall.ECONNREFUSED}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &failed{"connection reset", syscall.ECONNRESET}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &failed{"connection closed before the answer", io.ErrUnexpectedEOF}
	case errors.As(err, &op) && op.Timeout():
		return &failed{op.Op + ": no answer in time", context.DeadlineExceeded}
	case errors.As(err, &op):
		return &failed{op.Op + " failed", nil}
	}
	return &failed{"no HTTP answer", nil}
}

// verification says which check of a certificate failed, ours of the peer's or
// the peer's of ours; "" where none did.
func verification(err error) string {
	var chain *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var op *net.OpError
	switch {
	case errors.As(err, &authority):
		return "certificate is signed by an unknown authority"
	case errors.As(err, &name):
		return "certificate is for another name"
	case errors.As(err, &invalid), errors.As(err, &chain):
		return "certificate is not valid"
	case errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate"):
		return "peer refused our certificate" // an alert of RFC 8446 §6.2; its text is crypto/tls's own
	}
	return ""
}
