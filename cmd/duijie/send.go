package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"duijie/internal/i18n"
	"duijie/internal/sim"
)

// sendResult is what the gateway said of one message.
type sendResult struct {
	Status    int             `json:"status"`
	ID        string          `json:"id"`
	Source    string          `json:"source"`
	Receipt   string          `json:"receipt,omitempty"`
	State     string          `json:"state,omitempty"`
	Duplicate bool            `json:"duplicate,omitempty"`
	Problem   json.RawMessage `json:"problem,omitempty"`
}

func (r sendResult) well() bool { return r.Status >= 200 && r.Status < 300 && r.Receipt != "" }

func sendCommand(s *streams) *cobra.Command {
	var t target
	var asJSON bool
	c := &cobra.Command{
		Use:   "send [flags] FILE|-",
		Short: "send one message or a batch to the gateway and print the receipts",
		Long: "Sends a CloudEvent, or a JSON array of them, as it stands in FILE. It is signed with --key, else\n" +
			"with the first sender's key of the configuration. Exit 1 if any message is refused.",
		Example: "  duijie send -c duijie.yaml case.json\n  duijie send --to http://127.0.0.1:8080 --key env:KEY --scheme v1sm3 -",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			body, err := read(s, args[0])
			if err != nil {
				return err
			}
			to, signer, err := t.resolve(s)
			if err != nil {
				return err
			}
			results, err := send(c.Context(), to, signer, body)
			if err != nil {
				return err
			}
			return printSent(s, results, asJSON)
		},
	}
	t.flags(c)
	jsonFlag(c, &asJSON)
	return c
}

// send posts body once. A batch is told by its first character.
func send(ctx context.Context, to string, signer sim.Signer, body []byte) ([]sendResult, error) {
	kind, batch := "application/cloudevents+json", false
	if trimmed := bytes.TrimLeft(body, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '[' {
		kind, batch = "application/cloudevents-batch+json", true
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to+"/v1/messages", bytes.NewReader(body))
	if err != nil {
		return nil, wrongUse(errors.New("--to is no URL"))
	}
	r.GetBody = nil // one call is one request
	r.Header.Set("Content-Type", kind)
	if err := signer.Sign(r.Header, uuid.NewString(), body, time.Now()); err != nil {
		return nil, wrongUse(err)
	}
	client := &http.Client{Timeout: time.Minute}
	defer client.CloseIdleConnections()
	res, err := client.Do(r)
	if err != nil {
		return nil, tip("public-away", unreachable(fmt.Errorf("send to %s: %w", to, errors.Unwrap(err))))
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, unreachable(fmt.Errorf("read the answer of %s: %w", to, err))
	}
	if batch && res.StatusCode == http.StatusMultiStatus {
		return readBatch(answer)
	}
	one := readSingle(res.StatusCode, answer)
	if !one.well() && problemCode(one.Problem) == "" {
		return nil, tip("not-gateway", unreachable(fmt.Errorf("send to %s: the answer, status %d, is no gateway's", to, res.StatusCode)))
	}
	return []sendResult{one}, nil
}

// readSingle reads the answer of a single message, or of a batch refused whole.
func readSingle(status int, answer []byte) sendResult {
	r := sendResult{Status: status}
	if status >= 200 && status < 300 {
		var ok struct {
			Receipt, ID, Source, Status string
			Duplicate                   bool
		}
		if json.Unmarshal(answer, &ok) == nil {
			r.Receipt, r.ID, r.Source, r.State, r.Duplicate = ok.Receipt, ok.ID, ok.Source, ok.Status, ok.Duplicate
		}
		return r
	}
	if json.Valid(answer) {
		r.Problem = answer
	}
	return r
}

func readBatch(answer []byte) ([]sendResult, error) {
	var b struct{ Results []sendResult }
	if err := json.Unmarshal(answer, &b); err != nil {
		return nil, tip("not-gateway", unreachable(errors.New("the answer is no gateway's: not JSON")))
	}
	for i := range b.Results {
		if b.Results[i].Status == http.StatusAccepted {
			b.Results[i].State = "queued"
		}
	}
	if b.Results == nil {
		b.Results = []sendResult{}
	}
	return b.Results, nil
}

func printSent(s *streams, results []sendResult, asJSON bool) error {
	well := true
	for _, r := range results {
		well = well && r.well()
	}
	if asJSON {
		if err := s.json(map[string]any{"results": results}); err != nil {
			return err
		}
	} else {
		for _, r := range results {
			if r.well() {
				state := r.State
				if r.Duplicate {
					state += " (duplicate)"
				}
				fmt.Fprintf(s.out, "%s  %s  %s\n", r.Receipt, strings.TrimSpace(state), r.ID)
				continue
			}
			fmt.Fprintf(s.out, "refused  %d  %s  %s\n", r.Status, refusal(r.Problem), r.ID)
		}
	}
	if !well {
		if !asJSON {
			explainProblems(s, results)
		}
		return notWell(errSilent)
	}
	return nil
}

// explainProblems says once for each problem code what it means.
func explainProblems(s *streams, results []sendResult) {
	said := map[string]bool{}
	for _, r := range results {
		code := problemCode(r.Problem)
		if code == "" || said[code] {
			continue
		}
		said[code] = true
		title, detail := i18n.Problem(speaks(), code)
		if text := i18n.Tip(speaks(), "http-"+code); text != "" {
			detail = text
		}
		fmt.Fprintf(s.err, "[%s] %s · %s\n", code, title, detail)
	}
}

// problemCode is the code of a problem document of ours, empty where it is none.
func problemCode(doc json.RawMessage) string {
	var p struct{ Type string }
	if json.Unmarshal(doc, &p) != nil {
		return ""
	}
	code, ours := strings.CutPrefix(p.Type, "urn:duijie:problem:")
	if !ours {
		return ""
	}
	return code
}

// refused is the error of a call that was answered, but not with a 2xx: by the
// gateway, which says why, or by something else, for which stands the tip other.
func refused(call, other string, status int, answer []byte) error {
	code := problemCode(answer)
	if code == "" {
		return tip(other, unreachable(fmt.Errorf("%s: %d, and no word of a gateway's", call, status)))
	}
	title, _ := i18n.Problem(speaks(), code)
	return tip("http-"+code, notWell(fmt.Errorf("%s: %d %s: %s", call, status, refusal(answer), title)))
}

// refusal is a problem document in a line.
func refusal(doc json.RawMessage) string {
	var p struct {
		Type, Title string
		Errors      []struct{ Pointer, Code string }
	}
	if json.Unmarshal(doc, &p) != nil {
		return "no problem document"
	}
	line := strings.TrimPrefix(p.Type, "urn:duijie:problem:")
	for _, e := range p.Errors {
		line += " " + e.Pointer + ":" + e.Code
	}
	return line
}
