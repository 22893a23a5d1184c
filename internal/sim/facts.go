package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
)

//go:embed facts.json
var factsFile []byte

// Facts is one published labour dispute: names as the source anonymised them,
// amounts only where it printed an exact one. What a flow needs beside (phones,
// numbers of ids, places) is invented, and the case's remark says so.
type Facts struct {
	Source                  string // the publication's title
	Org                     string // who published it; empty: not known
	Year                    int    // 0: not known
	Category                string
	Delegation              string // pre 委派 or post 委托
	Applicants, Respondents []Person
	Claims                  []FactClaim
	Facts                   string
	// End is how the mediation ended; nil where Reject is set.
	End    *End
	Reject *Rejection
}

// Person is a party as published. Count stands for that many applicants of whom
// the source names one.
type Person struct {
	Name, Kind, OrgKind, Post, Wage string
	Count                           int
}

// FactClaim is a claim; Amount is empty where none was published.
type FactClaim struct{ Type, Text, Amount, From, To string }

// End is how a mediation ended.
type End struct {
	Reason, Next string
	Items        []EndItem
}

// EndItem is one thing that was agreed.
type EndItem struct{ Kind, Amount, Text string }

// Rejection is why an organisation did not accept the case.
type Rejection struct{ Reason, Text string }

// PublishedFacts is the list of disputes that the simulators play, in a fixed order.
func PublishedFacts() ([]Facts, error) {
	var all []Facts
	if err := json.Unmarshal(factsFile, &all); err != nil {
		return nil, fmt.Errorf("read facts.json: %w", err)
	}
	return all, nil
}
