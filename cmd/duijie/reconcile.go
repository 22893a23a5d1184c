package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"duijie/internal/event"
	"duijie/internal/sim"
)

func reconcileCommand(s *streams) *cobra.Command {
	var t target
	var against, unit, since, until string
	var asJSON bool
	c := &cobra.Command{
		Use:   "reconcile --against FILE",
		Short: "compare a sender's own list with what the gateway accepted: missing, extra, different",
		Long: "FILE is the sender's own: a CloudEvent or a line of GET /v1/reconcile in each line (NDJSON), or a JSON array of events; of a\n" +
			"line source and id are needed, with data or digest the content is compared too, with unit and time the day is known.\n" +
			"missing: in FILE and not accepted, push it again; extra: accepted and not in FILE; different: the same id with other content.\n" +
			"Exit 1 if anything is missing, extra or different.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if against == "" {
				return wrongUse(errors.New("compare with what? --against FILE"))
			}
			raw, err := read(s, against)
			if err != nil {
				return err
			}
			own, err := ownList(raw)
			if err != nil {
				return wrongUse(err)
			}
			to, signer, err := t.resolve(s)
			if err != nil {
				return err
			}
			theirs, err := accepted(c.Context(), to, signer, url.Values{"unit": {unit}, "since": {since}, "until": {until}})
			if err != nil {
				return err
			}
			r := differenceOf(own, theirs)
			if err := r.print(s, asJSON); err != nil {
				return err
			}
			if !r.well() {
				return notWell(errSilent)
			}
			return nil
		},
	}
	t.flags(c)
	c.Flags().StringVar(&against, "against", "", "the sender's own list, or - for stdin")
	c.Flags().StringVar(&unit, "unit", "", "docking unit; all where empty")
	c.Flags().StringVar(&since, "since", "", "accepted at or after, RFC 3339")
	c.Flags().StringVar(&until, "until", "", "accepted before, RFC 3339")
	jsonFlag(c, &asJSON)
	return c
}

// listed is one message of either list.
type listed struct {
	Source     string `json:"source"`
	ID         string `json:"id"`
	Unit       string `json:"unit,omitempty"`
	Type       string `json:"type,omitempty"`
	Subject    string `json:"subject,omitempty"`
	Digest     string `json:"digest,omitempty"`
	Receipt    string `json:"receipt,omitempty"`
	State      string `json:"state,omitempty"`
	Time       string `json:"time,omitempty"`
	AcceptedAt string `json:"acceptedAt,omitempty"`
}

func (l listed) key() string { return l.Source + "\n" + l.ID }

// day is when it was accepted, or happened, in Asia/Shanghai; "-" where nobody says.
func (l listed) day() string {
	for _, text := range []string{l.AcceptedAt, l.Time} {
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.In(beijing).Format(time.DateOnly)
		}
	}
	return "-"
}

// ownList reads the sender's list: an array, or a line each.
func ownList(raw []byte) (map[string]listed, error) {
	var parts [][]byte
	if trimmed := bytes.TrimLeft(raw, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		var p error
		parts, p = splitArray(raw)
		if p != nil {
			return nil, p
		}
	} else {
		for line := range bytes.Lines(raw) {
			if line = bytes.TrimSpace(line); len(line) > 0 {
				parts = append(parts, line)
			}
		}
	}
	out := map[string]listed{}
	for i, part := range parts {
		var l listed
		if err := json.Unmarshal(part, &l); err != nil || l.Source == "" || l.ID == "" {
			return nil, fmt.Errorf("entry %d of the list has no source and id", i+1)
		}
		if e, p := event.Parse(part); p == nil {
			if digest, err := event.Digest(e); err == nil {
				l.Digest = hex.EncodeToString(digest[:])
			}
		}
		out[l.key()] = l
	}
	return out, nil
}

func splitArray(raw []byte) ([][]byte, error) {
	parts, p := event.SplitBatch(raw)
	if p != nil {
		return nil, errors.New("the list is no JSON array")
	}
	return parts, nil
}

// accepted pages through GET /v1/reconcile.
func accepted(ctx context.Context, to string, signer sim.Signer, query url.Values) ([]listed, error) {
	maps.DeleteFunc(query, func(_ string, v []string) bool { return v[0] == "" })
	query.Set("limit", "10000")
	client := &http.Client{Timeout: 5 * time.Minute}
	defer client.CloseIdleConnections()
	var out []listed
	for {
		page, next, err := acceptedPage(ctx, client, to, "/v1/reconcile?"+query.Encode(), signer)
		if err != nil {
			return nil, err
		}
		if out = append(out, page...); next == "" {
			return out, nil
		}
		query.Set("after", next)
	}
}

func acceptedPage(ctx context.Context, client *http.Client, to, target string, signer sim.Signer) (page []listed, next string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to+target, nil)
	if err != nil {
		return nil, "", wrongUse(errors.New("--to is no URL"))
	}
	// What is signed in place of the body is the target as it arrives.
	if err := signer.Sign(r.Header, uuid.NewString(), []byte(http.MethodGet+" "+r.URL.RequestURI()), time.Now()); err != nil {
		return nil, "", wrongUse(err)
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, "", tip("public-away", unreachable(fmt.Errorf("reconcile with %s: %w", to, errors.Unwrap(err))))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return nil, "", refused("GET /v1/reconcile", "not-gateway", res.StatusCode, answer)
	}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l struct {
			listed
			Next string `json:"next"`
		}
		if json.Unmarshal(lines.Bytes(), &l) != nil {
			return nil, "", tip("not-gateway", unreachable(errors.New("GET /v1/reconcile: the answer is no gateway's")))
		}
		if l.Next != "" {
			return page, l.Next, nil
		}
		page = append(page, l.listed)
	}
	if err := lines.Err(); err != nil {
		return nil, "", unreachable(fmt.Errorf("GET /v1/reconcile: the answer broke off: %w", err))
	}
	return page, "", nil
}

// difference is what a comparison found.
type difference struct {
	Same      int         `json:"same"`
	Missing   []listed    `json:"missing"`   // the sender has it, the gateway does not
	Extra     []listed    `json:"extra"`     // the other way round
	Different []listed    `json:"different"` // as the gateway has it
	Days      []dayResult `json:"days"`
}

// dayResult is one day of one unit.
type dayResult struct {
	Unit      string `json:"unit"`
	Day       string `json:"day"`
	Same      int    `json:"same"`
	Missing   int    `json:"missing"`
	Extra     int    `json:"extra"`
	Different int    `json:"different"`
}

func (d difference) well() bool { return len(d.Missing)+len(d.Extra)+len(d.Different) == 0 }

// differenceOf holds the sender's own list against what the gateway accepted.
func differenceOf(own map[string]listed, theirs []listed) difference {
	d := difference{Missing: []listed{}, Extra: []listed{}, Different: []listed{}, Days: []dayResult{}}
	days := map[[2]string]*dayResult{}
	on := func(l listed) *dayResult {
		unit := l.Unit
		if unit == "" {
			unit = "-"
		}
		k := [2]string{unit, l.day()}
		if days[k] == nil {
			days[k] = &dayResult{Unit: k[0], Day: k[1]}
		}
		return days[k]
	}
	seen := map[string]bool{}
	for _, t := range theirs {
		o, known := own[t.key()]
		if t.Unit == "" {
			t.Unit = o.Unit
		}
		seen[t.key()] = true
		switch {
		case !known:
			d.Extra = append(d.Extra, t)
			on(t).Extra++
		case o.Digest != "" && o.Digest != t.Digest:
			d.Different = append(d.Different, t)
			on(t).Different++
		default:
			d.Same++
			on(t).Same++
		}
	}
	for _, key := range slices.Sorted(maps.Keys(own)) {
		if !seen[key] {
			d.Missing = append(d.Missing, own[key])
			on(own[key]).Missing++
		}
	}
	for _, one := range days {
		d.Days = append(d.Days, *one)
	}
	slices.SortFunc(d.Days, func(a, b dayResult) int { return strings.Compare(a.Unit+a.Day, b.Unit+b.Day) })
	return d
}

func (d difference) print(s *streams, asJSON bool) error {
	if asJSON {
		return s.json(d)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "UNIT\tDAY\tSAME\tMISSING\tEXTRA\tDIFFERENT")
	for _, r := range d.Days {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\n", r.Unit, r.Day, r.Same, r.Missing, r.Extra, r.Different)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, list := range []struct {
		what string
		of   []listed
	}{{"missing", d.Missing}, {"extra", d.Extra}, {"different", d.Different}} {
		for _, l := range list.of {
			fmt.Fprintf(s.out, "%s  %s  %s  %s  %s\n", list.what, l.Source, l.ID, l.Type, l.Receipt)
		}
	}
	return nil
}
