package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const deliveriesPath = "/admin/v1/deliveries"

// delivery is what the table shows of one.
type delivery struct {
	Receipt    string     `json:"receipt"`
	State      string     `json:"state"`
	Direction  string     `json:"direction"`
	Unit       string     `json:"unit"`
	Type       string     `json:"type"`
	Subject    string     `json:"subject"`
	AcceptedAt string     `json:"acceptedAt"`
	LocalRef   string     `json:"localRef"`
	Attempts   []struct{} `json:"attempts"`
	BlockedBy  string     `json:"blockedBy"`
	Marks      []string   `json:"marks"`
	Reason     *struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	} `json:"reason"`
}

func (d delivery) why() string {
	switch {
	case d.Reason != nil:
		return d.Reason.Code
	case d.BlockedBy != "":
		return "behind " + d.BlockedBy
	}
	return ""
}

func deliveriesCommand(s *streams) *cobra.Command {
	var f adminFlags
	c := &cobra.Command{Use: "deliveries", Short: "look at deliveries and act on them, through the admin API"}
	f.flags(c)
	c.AddCommand(listCommand(s, &f), showCommand(s, &f), redriveCommand(s, &f))
	c.AddCommand(actCommands(s, &f)...)
	return c
}

// filters are the query parameters of the list, each a flag.
var filters = []struct{ name, usage string }{
	{"unit", "docking unit"},
	{"state", "queued sending awaiting held acked cancelled"},
	{"type", "message type"},
	{"subject", "case number or what the type names"},
	{"direction", "to-local or to-national"},
	{"reason", "hold reason"},
	{"mark", "early late unasked …"},
	{"q", "receipt, id, key, subject, local or court number"},
	{"since", "accepted at or after, RFC 3339"},
	{"until", "accepted before, RFC 3339"},
	{"after", "cursor of the page before"},
}

func listCommand(s *streams, f *adminFlags) *cobra.Command {
	var asJSON bool
	var limit int
	values := make([]string, len(filters))
	c := &cobra.Command{
		Use: "ls", Short: "list deliveries, newest first", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			a, err := f.client(s)
			if err != nil {
				return err
			}
			q := url.Values{}
			for i, filter := range filters {
				if values[i] != "" {
					q.Set(filter.name, values[i])
				}
			}
			if limit > 0 {
				q.Set("limit", strconv.Itoa(limit))
			}
			answer, err := a.call(c.Context(), "GET", deliveriesPath, q, nil)
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(answer)
			}
			return printList(s, answer)
		},
	}
	for i, filter := range filters {
		c.Flags().StringVar(&values[i], filter.name, "", filter.usage)
	}
	c.Flags().IntVar(&limit, "limit", 50, "at most so many")
	jsonFlag(c, &asJSON)
	return c
}

func printList(s *streams, answer json.RawMessage) error {
	var page struct {
		Deliveries []delivery
		Next       json.RawMessage
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return fmt.Errorf("read the list: not what the admin API gives")
	}
	rows := make([][]string, len(page.Deliveries))
	for i, d := range page.Deliveries {
		rows[i] = []string{d.Receipt, d.State, d.why(), d.Direction, d.Unit, d.Type, d.Subject, d.AcceptedAt, d.LocalRef}
	}
	if err := s.table("RECEIPT\tSTATE\tREASON\tDIRECTION\tUNIT\tTYPE\tSUBJECT\tACCEPTED\tLOCAL", rows); err != nil {
		return err
	}
	if next := strings.Trim(string(page.Next), `"`); next != "" && next != "null" && next != "0" {
		fmt.Fprintf(s.err, "more: --after %s\n", next)
	}
	return nil
}

func showCommand(s *streams, f *adminFlags) *cobra.Command {
	var asJSON, payload bool
	c := &cobra.Command{
		Use: "show RECEIPT", Short: "one delivery with its attempts", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			a, err := f.client(s)
			if err != nil {
				return err
			}
			q := url.Values{}
			if payload {
				q.Set("view", "payload")
			}
			answer, err := a.call(c.Context(), "GET", deliveriesPath+"/"+url.PathEscape(args[0]), q, nil)
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(answer)
			}
			return printDelivery(s, answer)
		},
	}
	c.Flags().BoolVar(&payload, "payload", false, "with the payload, masked")
	jsonFlag(c, &asJSON)
	return c
}

// printDelivery writes every member on a line of its own, in the order of the
// answer; what is nested stays JSON.
func printDelivery(s *streams, answer json.RawMessage) error {
	members, err := orderedMembers(answer)
	if err != nil {
		return fmt.Errorf("read the delivery: not what the admin API gives")
	}
	for _, m := range members {
		var text string
		switch {
		case json.Unmarshal(m.value, &text) == nil && string(m.value) != "null":
			fmt.Fprintf(s.out, "%-12s %s\n", m.name, text)
		case string(m.value) == "null" || string(m.value) == "[]":
		case m.value[0] == '[':
			var items []json.RawMessage
			json.Unmarshal(m.value, &items)
			fmt.Fprintf(s.out, "%s\n", m.name)
			for _, item := range items {
				fmt.Fprintf(s.out, "  %s\n", item)
			}
		default:
			fmt.Fprintf(s.out, "%-12s %s\n", m.name, m.value)
		}
	}
	return nil
}

type member struct {
	name  string
	value json.RawMessage
}

// orderedMembers reads an object and keeps the order of its members.
func orderedMembers(doc json.RawMessage) ([]member, error) {
	d := json.NewDecoder(strings.NewReader(string(doc)))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("no object")
	}
	var out []member
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return nil, err
		}
		out = append(out, member{fmt.Sprint(name), v})
	}
	return out, nil
}
