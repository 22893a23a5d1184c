// Package mapping translates the messages of the national profile into a local
// system's and back, by tables that say which field corresponds to which.
//
// It parses and checks a pack's tables (Compile, CompilePack: every finding at
// once, with its place) and runs them (Program.ToLocal, Program.ToNational). It
// is pure: it reads the file tree it is given and nothing else, has no clock,
// logs nothing; equal input and Env give equal bytes. A translation either gives
// the whole document or, as Errors, everything that is wrong with it; dst is
// then returned as it came. No error quotes a value. A Program may be used by
// many goroutines at once.
//
// There are two ways through a table, which give the same. The tree walk
// (exec.go, op_*.go) reads the whole document, runs the rules one by one and
// writes the whole document; it is what the language means, and the only one
// that words errors. The plan (plan*.go) is what runs first where it can: one
// pass over the source's bytes that notes where values stand, one pass of emit
// steps in the target's order. It translates or declines; whatever it declines
// is the tree's, unseen from outside.
package mapping

import (
	"io/fs"
	"time"

	"duijie/internal/codec"
)

// Direction is the way a translation runs.
type Direction string

// The two directions.
const (
	ToLocal    Direction = "to-local"
	ToNational Direction = "to-national"
)

// Source is everything a pack brings for the compiler: a file tree and what pack.yaml says.
type Source struct {
	// Name is the folder as the user gave it; findings name files as Name/PATH.
	Name string
	// FS is the pack folder: mappings/, codes/, schemas/, profile/.
	FS fs.FS
	// Format and Charset are the codec of the local side: json|xml|form|csv|rows, UTF-8|GBK|GB18030.
	// They differ by direction where the pack says so.
	SinkFormat, SinkCharset     string
	SourceFormat, SourceCharset string
	// SinkCodec and SourceCodec carry what else the codec needs: Declaration, BOM, Cut, Substitutes.
	SinkCodec, SourceCodec codec.Options
	// Profile resolves the JSON Schema of a message type of the national side and of common.json.
	Profile fs.FS
	// Way tells the message type's own way: D, U, DU or empty for an own profile.
	Way func(messageType string) string
	// Key is the national path of the field that must equal the subject (caseNo, localCaseNo, code, …); empty: none.
	Key func(messageType string) string
	// None is pack.yaml's none.loc as raw tokens; nil: built in.
	NoneLoc []string
	// Unknown is error, drop or keep: what to do with source fields that no schema knows.
	Unknown string
	// Xref declares further kinds of ids, each scoped by unit or case.
	Xref map[string]string
	// Namespaces are the XML prefixes of pack.yaml.
	Namespaces map[string]string
}

// Env is the part of a translation's input that is not the document. Equal
// document and Env give equal bytes.
type Env struct {
	Now, Time                   time.Time // acceptance; the message's own time
	Receipt, Key, Unit, Subject string
	IDs                         IDs // nil: knows nothing
	// Remembered is Made.Remember of the last translation the other way of the
	// same unit, type and subject; nil where there was none.
	Remembered []byte
}

// IDs is the crosswalk as a translation asks it. kind is case, party, agent, claim, material, org, mediator, expert.
type IDs interface {
	// Local gives the local id of a national one; ok false where unknown.
	Local(kind, national string) (string, bool)
	// National gives the national id of a local one.
	National(kind, local string) (string, bool)
}

// Pair is one crosswalk pair that a document taught.
type Pair struct{ Kind, National, Local string }

// Made is what a translation found out besides the bytes.
type Made struct {
	Pairs []Pair // to store with the settle
	// UnknownFields counts source fields that no schema knows, by path without indices.
	UnknownFields []string
	// Remember is what rules with remember: and unknown: keep hold back, to be given
	// to the way back as Env.Remembered. It is payload; nil where there is nothing.
	Remember []byte
	// Subject is, to-national, the key that the national document carries.
	Subject string
}

// Error is one thing that a translation could not do. It never carries a value.
type Error struct {
	Rule           string // FILE:LINE
	Code           string
	Source, Target string // paths
	Text           string
	// Kind and ID are set for xref-unknown: the id that the crosswalk lacks (payload, never logged).
	Kind, ID string
}

// Errors is every error of one message.
type Errors []Error

func (e Errors) Error() string {
	if len(e) == 0 {
		return "no error"
	}
	s := e[0].Rule + ": " + e[0].Code
	if e[0].Target != "" {
		s += " at " + e[0].Target
	}
	return s
}

// Finding is one thing wrong with a mapping, at a place.
type Finding struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"` // error, warning, info
	Code     string `json:"code"`
	Message  string `json:"message"`
	Nat      string `json:"nat"`
	Loc      string `json:"loc"`
	Hint     string `json:"hint"`
}
