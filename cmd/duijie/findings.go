package main

import (
	"fmt"
	"strings"

	"duijie/internal/config"
	"duijie/internal/gateway"
	"duijie/mapping"
)

// finding is one thing wrong, at a place, as every verb shows it.
type finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
	Nat      string `json:"nat"`
	Loc      string `json:"loc"`
	Hint     string `json:"hint"`
}

func ofConfig(in []config.Finding) []finding {
	out := make([]finding, len(in))
	for i, f := range in {
		out[i] = finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint}
	}
	return out
}

func ofGateway(in []gateway.Finding) []finding {
	out := make([]finding, len(in))
	for i, f := range in {
		out[i] = finding{File: f.File, Line: f.Line, Col: f.Col, Severity: f.Severity, Code: f.Code, Message: f.Message, Hint: f.Hint}
	}
	return out
}

func ofMapping(in []mapping.Finding) []finding {
	out := make([]finding, len(in))
	for i, f := range in {
		out[i] = finding(f)
	}
	return out
}

// count gives the number of errors and warnings.
func count(fs []finding) (failed, warned int) {
	for _, f := range fs {
		switch f.Severity {
		case "error":
			failed++
		case "warning":
			warned++
		}
	}
	return failed, warned
}

// printFindings writes them as FILE:LINE:COL: severity[code]: message, or as
// {"findings":[…]}.
func printFindings(s *streams, fs []finding, asJSON bool) error {
	if asJSON {
		if fs == nil {
			fs = []finding{}
		}
		return s.json(map[string]any{"findings": fs})
	}
	for _, f := range fs {
		place := f.File
		if f.Line > 0 {
			place = fmt.Sprintf("%s:%d:%d", f.File, f.Line, f.Col)
		}
		fmt.Fprintf(s.out, "%s: %s[%s]: %s\n", place, f.Severity, f.Code, f.Message)
		if about := f.about(); about != "" {
			fmt.Fprintf(s.out, "  %s\n", about)
		}
	}
	return nil
}

// about is the second line of a finding: the paths of its rule, and the hint.
func (f finding) about() string {
	var parts []string
	if f.Nat != "" {
		parts = append(parts, "nat "+f.Nat)
	}
	if f.Loc != "" {
		parts = append(parts, "loc "+f.Loc)
	}
	if f.Hint != "" {
		parts = append(parts, f.Hint)
	}
	return strings.Join(parts, " · ")
}
