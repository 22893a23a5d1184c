package gateway

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/internal/material"
	"duijie/internal/queue"
	"duijie/schemas"
)

// What is read of national data without decoding them is held to what decoding
// them gave, the way it was done before: on samples of every type and on the
// fixtures of the provinces.

type decodedCase struct {
	CaseNo      string `json:"caseNo"`
	LocalCaseNo string `json:"localCaseNo"`
	CourtCaseNo string `json:"courtCaseNo"`
	Delegation  string `json:"delegation"`
	Procedure   string `json:"procedure"`
	Kind        string `json:"kind"`
	Reason      string `json:"reason"`
	Decision    string `json:"decision"`
	Result      string `json:"result"`
	AgreementNo string `json:"agreementNo"`
	Agreement   *struct {
		AgreementNo string `json:"agreementNo"`
		EffectiveAt string `json:"effectiveAt"`
	} `json:"agreement"`
	Days     int    `json:"days"`
	Granted  bool   `json:"granted"`
	NewDueAt string `json:"newDueAt"`
	Purpose  string `json:"purpose"`
}

type decodedFigures struct {
	Category   string                                     `json:"category"`
	Org        struct{ District string }                  `json:"org"`
	To         struct{ District string }                  `json:"to"`
	Collective *struct{ Count int }                       `json:"collective"`
	Parties    []struct{ Role, Kind string }              `json:"parties"`
	Reason     string                                     `json:"reason"`
	Agreement  *struct{ Items []struct{ Amount string } } `json:"agreement"`
	SessionNo  string                                     `json:"sessionNo"`
	StartAt    string                                     `json:"startAt"`
	Decision   string                                     `json:"decision"`
	ValidUntil string                                     `json:"validUntil"`
	At         string                                     `json:"at"`
}

func decodedEvent(flow schemas.Flow, dir queue.Direction, data []byte, fallback, now time.Time) *queue.CaseEvent {
	var f decodedCase
	if json.Unmarshal(data, &f) != nil {
		f = decodedCase{}
	}
	e := &queue.CaseEvent{Type: flow.Type, Direction: dir, Time: fallback, Now: now}
	if text, ok := schemas.TimeValue(flow.Type, data); ok {
		if t, ok := schemas.ParseTime(text); ok {
			e.Time = t
		}
	}
	e.Coarse = coarseness(e.Time)
	switch flow.Type {
	case "case.delegated", "case.registered":
		e.Delegation, e.Procedure = f.Delegation, f.Procedure
	case "case.progress":
		e.Decision = f.Kind
	case "case.closed":
		e.Decision = f.Reason
		if f.Agreement != nil {
			e.Agreement = f.Agreement.AgreementNo
			e.Until, _ = schemas.ParseTime(f.Agreement.EffectiveAt)
		}
	case "case.extension.requested":
		e.Days = f.Days
	case "case.extension.decided":
		e.Decision = "refused"
		if f.Granted {
			e.Decision = "granted"
			e.Until, _ = schemas.ParseTime(f.NewDueAt)
		}
	case "case.dossier.requested":
		e.Decision = f.Purpose
	case "confirmation.requested", "paper.requested":
		e.Agreement = f.AgreementNo
	case "confirmation.decided", "paper.decided":
		e.Decision, e.Agreement = f.Decision, f.AgreementNo
	case "arbitration.review.reported":
		e.Decision, e.Agreement = f.Result, f.AgreementNo
	}
	decodedFigure(e, data)
	return e
}

func decodedPairs(messageType string, data []byte) []queue.Pair {
	var f decodedCase
	if json.Unmarshal(data, &f) != nil {
		return nil
	}
	var pairs []queue.Pair
	if f.CaseNo != "" && f.CourtCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "court", National: f.CaseNo, Local: f.CourtCaseNo})
	}
	if messageType == "case.registered.receipted" && f.CaseNo != "" && f.LocalCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "case", National: f.CaseNo, Local: f.LocalCaseNo})
	}
	if messageType == "case.accepted" && f.CaseNo != "" && f.LocalCaseNo != "" {
		pairs = append(pairs, queue.Pair{Kind: "case", National: f.CaseNo, Local: f.LocalCaseNo})
	}
	return pairs
}

func decodedFigure(e *queue.CaseEvent, data []byte) {
	switch e.Type {
	case "case.rejected", "case.withdrawn":
		e.First = strings.TrimPrefix(e.Type, "case.")
		return
	case "case.delegated", "case.registered", "case.accepted", "case.reassigned", "case.closed", "av.session.ended", "confirmation.decided", "paper.decided":
	default:
		return
	}
	var f decodedFigures
	if json.Unmarshal(data, &f) != nil {
		return
	}
	e.Figures = map[string]string{}
	keep := func(name, value string) {
		if value != "" {
			e.Figures[name] = value
		}
	}
	switch e.Type {
	case "case.delegated", "case.registered":
		e.First = strings.TrimPrefix(e.Type, "case.")
		keep(figureCategory, f.Category)
		keep(figureDistrict, f.Org.District)
		workers := 0
		for _, p := range f.Parties {
			if p.Role == "applicant" && p.Kind == "person" {
				workers++
			}
		}
		if f.Collective != nil {
			workers = f.Collective.Count
			keep(figureCollective, "1")
		}
		keep(figureWorkers, strconv.Itoa(workers))
	case "case.accepted":
		e.First = "accepted"
		keep(figureDistrict, f.Org.District)
	case "case.reassigned":
		keep(figureDistrict, f.To.District)
	case "case.closed":
		e.First = "closed"
		keep(figureReason, f.Reason)
		if f.Agreement != nil {
			sum := int64(0)
			for _, item := range f.Agreement.Items {
				sum += fen(item.Amount)
			}
			keep(figureAmount, strconv.FormatInt(sum, 10))
		}
	case "av.session.ended":
		keep(figureSession+f.SessionNo, f.StartAt)
	case "confirmation.decided":
		if f.Decision == "valid" {
			e.First = "confirmed"
		}
	case "paper.decided":
		if f.Decision == "issued" {
			e.First = "papers"
		}
	}
}

func decodedRoster(messageType string, dir queue.Direction, data []byte, now time.Time) *queue.CaseEvent {
	kind := ""
	switch messageType {
	case "roster.org.decided", "roster.org.removed":
		kind = "orgs"
	case "roster.mediator.decided", "roster.mediator.removed":
		kind = "mediators"
	default:
		return nil
	}
	var f decodedFigures
	if json.Unmarshal(data, &f) != nil {
		return nil
	}
	move := "off"
	if f.Decision == "confirmed" {
		move = "on"
		if f.ValidUntil != "" {
			move = f.ValidUntil
		}
	}
	return &queue.CaseEvent{Type: messageType, Direction: dir, Now: now, Listed: true,
		Figures: map[string]string{figureMove + kind + ":" + f.At: move}}
}

func decodedMaterials(data []byte) []adapter.Material {
	if !bytes.Contains(data, []byte(`"sha256"`)) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var out []adapter.Material
	if t, err := dec.Token(); err == nil {
		decodedCollect(dec, t, &out)
	}
	return out
}

// decodedCollect walks one value, whose first token was read.
func decodedCollect(dec *json.Decoder, first json.Token, out *[]adapter.Material) (text string) {
	open, nested := first.(json.Delim)
	if !nested {
		text, _ = first.(string)
		return text
	}
	var m adapter.Material
	at := len(*out)
	for dec.More() {
		name := ""
		if open == '{' {
			t, err := dec.Token()
			if err != nil {
				return ""
			}
			name, _ = t.(string)
		}
		t, err := dec.Token()
		if err != nil {
			return ""
		}
		v := decodedCollect(dec, t, out)
		switch name {
		case "sha256":
			m.SHA256 = v
		case "name":
			m.Name = v
		case "mediaType":
			m.MediaType = v
		}
	}
	_, _ = dec.Token() // the closing one; what is broken ends the walk above
	if material.Valid(m.SHA256) {
		*out = slices.Insert(*out, at, m)
	}
	return ""
}

// documents are valid national data of all types.
func documents(tb testing.TB) map[string][][]byte {
	s, err := schemas.NewSampler()
	if err != nil {
		tb.Fatal(err)
	}
	out := map[string][][]byte{}
	for _, f := range schemas.All() {
		out[f.Type] = append(out[f.Type], s.Sample(f.Type, 1), s.Sample(f.Type, 77))
	}
	files, err := filepath.Glob("../../mapping/provinces/*/fixtures/*/*/national.json")
	if err != nil || len(files) < 100 {
		tb.Fatal(err, len(files))
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		typ := filepath.Base(filepath.Dir(filepath.Dir(file)))
		out[typ] = append(out[typ], data)
	}
	return out
}

func TestWhatIsReadIsWhatDecodingGives(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai)
	for typ, all := range documents(t) {
		flow, _ := schemas.Lookup(typ)
		for i, data := range all {
			for what, pair := range map[string][2]any{
				"event":     {caseEvent(flow, queue.ToLocal, data, at, at), decodedEvent(flow, queue.ToLocal, data, at, at)},
				"roster":    {rosterEvent(typ, queue.ToLocal, data, at), decodedRoster(typ, queue.ToLocal, data, at)},
				"pairs":     {taughtPairs(typ, data), decodedPairs(typ, data)},
				"materials": {materialsOf(data), decodedMaterials(data)},
			} {
				if !reflect.DeepEqual(pair[0], pair[1]) {
					t.Errorf("%s %d: %s\n got %+v\nwant %+v", typ, i, what, pair[0], pair[1])
				}
			}
		}
	}
}

func TestIntegersAreReadAsTheProfileLetsThemBeWritten(t *testing.T) {
	for text, want := range map[string]int{"5": 5, "5.0": 5, "5e0": 5, "50E-1": 5, "-3": -3, "5.5": 0, "1e99": 0, `"5"`: 0, "null": 0, "": 0, "9007199254740993": 9007199254740993} {
		if got := whole([]byte(text)); got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
}
