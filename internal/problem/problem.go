// Package problem is the list of ways in which the gateway refuses, as RFC 9457
// problem documents. It knows codes and statuses and nothing else; texts are in
// internal/i18n. A Problem never carries a value out of a message.
package problem

import "time"

// Item is one thing wrong with a message.
type Item struct {
	// Pointer is RFC 6901 into the event, e.g. /data/parties/0/name.
	Pointer string `json:"pointer"`
	// Code is the JSON Schema keyword or the code of a check beyond it.
	Code string `json:"code"`
	// Detail is words of ours; never a value.
	Detail string `json:"detail,omitempty"`
}

// Problem is a refusal. It is an error, and an answer.
type Problem struct {
	Code   string // malformed, envelope, schema, …
	Detail string // words of ours, English; i18n translates by code where empty
	Items  []Item
	// RetryAfter and Limit go with 429 and 503.
	RetryAfter time.Duration
	Limit      string
	// Shadow is the receipt of the rehearsed copy (unit-resident).
	Shadow string
}

func (p *Problem) Error() string {
	if p.Detail != "" {
		return p.Code + ": " + p.Detail
	}
	return p.Code
}

// Status is the HTTP status of the problem's code.
func (p *Problem) Status() int { return Status(p.Code) }

// statuses is the whole list of codes.
var statuses = map[string]int{
	"malformed": 400, "envelope": 400,
	"signature": 401, "token": 401,
	"unit-forbidden": 403, "source-forbidden": 403, "role": 403, "host": 403,
	"unknown-unit": 404, "not-found": 404,
	"method":    405,
	"id-reused": 409, "too-old": 409, "state": 409, "unit-resident": 409,
	"length": 411, "too-large": 413, "media-type": 415,
	"schema": 422, "unknown-type": 422, "direction": 422, "unsupported-type": 422, "digest": 422, "parameter": 422, "reload": 422,
	"rate": 429, "internal": 500, "backpressure": 503, "store": 503,
}

// Status is the HTTP status of a code; an unknown code is a 500, for it is ours.
func Status(code string) int {
	if s, ok := statuses[code]; ok {
		return s
	}
	return 500
}

// Codes lists every code, for documentation and tests.
func Codes() map[string]int {
	out := make(map[string]int, len(statuses))
	for k, v := range statuses {
		out[k] = v
	}
	return out
}
