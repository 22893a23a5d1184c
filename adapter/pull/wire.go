package pull

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"duijie/adapter"
	"duijie/internal/codec"
	"duijie/internal/problem"
)

// messages writes {"messages":[{"receipt","key","type","subject","document"}]}. A
// JSON document stands in it as it was made, byte for byte; any other is a string.
func (k *Sink) messages(ms []adapter.Message) ([]byte, error) {
	b := []byte(`{"messages":[`)
	for i, m := range ms {
		if i > 0 {
			b = append(b, ',')
		}
		head, err := json.Marshal(struct {
			Receipt string `json:"receipt"`
			Key     string `json:"key"`
			Type    string `json:"type"`
			Subject string `json:"subject"`
		}{m.Receipt, m.Key, m.Type, m.Subject})
		if err != nil {
			return nil, fmt.Errorf("offer: %w", err)
		}
		document, err := k.document(m.Document)
		if err != nil {
			return nil, fmt.Errorf("offer %s: %w", m.Receipt, err)
		}
		b = append(b, head[:len(head)-1]...)
		b = append(b, `,"document":`...)
		b = append(append(b, document...), '}')
	}
	return append(b, "]}"...), nil
}

func (k *Sink) document(raw []byte) ([]byte, error) {
	text, err := codec.Text(raw, k.codec.Charset)
	if err != nil { // frozen by a pack of another charset: it must not cost the others' answer
		text, err = codec.Text(raw, "GB18030")
	}
	if err != nil {
		return nil, err
	}
	if k.json() && json.Valid([]byte(text)) {
		return []byte(text), nil
	}
	return codec.AppendJSON(nil, codec.Str(text)), nil
}

func (k *Sink) json() bool {
	switch k.codec.Format {
	case "", "json", "rows":
		return true
	}
	return false
}

// entry is one line of a confirmation.
type entry struct {
	Receipt  string `json:"receipt"`
	OK       *bool  `json:"ok"`
	LocalRef scalar `json:"localRef"`
	Message  scalar `json:"message"`
}

// scalar is a text, or a number as it was written; anything else is empty, as it
// must not cost the confirmation.
type scalar string

// UnmarshalJSON never fails on JSON.
func (s *scalar) UnmarshalJSON(b []byte) error {
	switch {
	case b[0] == '"':
		return json.Unmarshal(b, (*string)(s))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*s = scalar(b)
	}
	return nil
}

// mostConfirmed bounds one call.
const mostConfirmed = 10_000

// confirm settles what was offered. A line that names no receipt or says neither
// yes nor no is answered "unknown"; the others count all the same.
func (k *Sink) confirm(r *http.Request, body []byte, out adapter.Outbox) ([]byte, error) {
	text, err := codec.Text(body, "UTF-8")
	if err != nil {
		return nil, &problem.Problem{Code: "malformed", Detail: "body is not UTF-8"}
	}
	var in struct {
		Results []json.RawMessage `json:"results"`
	}
	if err := json.Unmarshal([]byte(text), &in); err != nil || in.Results == nil {
		return nil, &problem.Problem{Code: "malformed", Detail: `body is not {"results":[…]}`}
	}
	if len(in.Results) > mostConfirmed {
		return nil, &problem.Problem{Code: "too-large", Detail: fmt.Sprintf("over %d results in one call", mostConfirmed)}
	}
	said, at := make([]adapter.Confirmation, 0, len(in.Results)), make([]int, 0, len(in.Results))
	answer := make([]result, len(in.Results))
	for i, raw := range in.Results {
		var e entry
		err := json.Unmarshal(raw, &e)
		answer[i] = result{e.Receipt, adapter.ConfirmedUnknown}
		if err != nil || e.Receipt == "" || e.OK == nil {
			continue
		}
		said = append(said, adapter.Confirmation{Receipt: e.Receipt, OK: *e.OK, LocalRef: strings.TrimSpace(string(e.LocalRef)), Message: string(e.Message)})
		at = append(at, i)
	}
	results, err := out.Confirm(r.Context(), said)
	if err != nil {
		return nil, err
	}
	for n, one := range results {
		answer[at[n]].Result = one
	}
	return json.Marshal(map[string]any{"results": answer})
}

type result struct {
	Receipt string `json:"receipt"`
	Result  string `json:"result"`
}
