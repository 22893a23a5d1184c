package codec

import "strings"

// decodeCSV reads RFC 4180 with a header: {rows: [{header: value}]}. Line ends
// are CRLF or LF, an empty line is none; every record has as many fields as the
// header.
func decodeCSV(s string) (Value, *Error) {
	p := csvParser{s: s}
	rows := Value{Kind: Array}
	var header []string
	for {
		at := p.i
		record, err := p.record()
		if err != nil {
			return Value{}, err
		}
		if record == nil {
			break
		}
		if header == nil {
			if err := checkHeader(record, at); err != nil {
				return Value{}, err
			}
			header = record
			continue
		}
		if len(record) != len(header) {
			return Value{}, parseError(at, "a record with more or fewer fields than the header")
		}
		row := Value{Kind: Object, Members: make([]Member, len(record))}
		for i, f := range record {
			row.Members[i] = Member{header[i], Str(f)}
		}
		rows.Items = append(rows.Items, row)
	}
	return Value{Kind: Object, Members: []Member{{"rows", rows}}}, nil
}

func checkHeader(names []string, at int) *Error {
	seen := make(map[string]bool, len(names))
	for _, n := range names {
		if seen[n] {
			return &Error{Code: CodeDuplicate, Offset: at, What: "a column is named twice"}
		}
		seen[n] = true
	}
	return nil
}

type csvParser struct {
	s string
	i int
}

// record reads the next line that is not empty; nil at the end.
func (p *csvParser) record() ([]string, *Error) {
	for p.lineEnd() {
	}
	if p.i >= len(p.s) {
		return nil, nil
	}
	var fields []string
	for {
		f, err := p.field()
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
		switch {
		case p.i >= len(p.s) || p.lineEnd():
			return fields, nil
		case p.s[p.i] != ',':
			return nil, parseError(p.i, "text after a quoted field")
		}
		p.i++
	}
}

func (p *csvParser) lineEnd() bool {
	rest := p.s[p.i:]
	switch {
	case strings.HasPrefix(rest, "\n"):
		p.i++
	case strings.HasPrefix(rest, "\r\n"):
		p.i += 2
	default:
		return false
	}
	return true
}

func (p *csvParser) field() (string, *Error) {
	start := p.i
	if !strings.HasPrefix(p.s[p.i:], `"`) {
		n := strings.IndexAny(p.s[p.i:], ",\"\r\n")
		if n < 0 {
			n = len(p.s) - p.i
		}
		p.i += n
		if p.i < len(p.s) && (p.s[p.i] == '"' || p.s[p.i] == '\r' && !strings.HasPrefix(p.s[p.i:], "\r\n")) {
			return "", parseError(p.i, "a quote or a lone CR in a field without quotes")
		}
		return p.s[start:p.i], nil
	}
	var buf []byte
	for {
		p.i++
		n := strings.IndexByte(p.s[p.i:], '"')
		if n < 0 {
			return "", parseError(start, "a quoted field does not end")
		}
		piece := p.s[p.i : p.i+n]
		p.i += n + 1
		if !strings.HasPrefix(p.s[p.i:], `"`) {
			if buf == nil {
				return piece, nil
			}
			return string(append(buf, piece...)), nil
		}
		buf = append(append(buf, piece...), '"')
	}
}

// csv writes {rows: [...]} with a header: the columns given, then the others as
// they appear. A member that a row lacks is empty there.
func (w *writer) csv(v *Value, columns []string) error {
	rows, ok := v.Get("rows")
	if v.Kind != Object || !ok || len(v.Members) != 1 || rows.Kind != Array {
		return w.shape("csv", "an object with the one list rows is due")
	}
	w.push("rows")
	header := append([]string(nil), columns...)
	at := make(map[string]int, len(header))
	for i, n := range header {
		at[n] = i
	}
	for i := range rows.Items {
		for j := range rows.Items[i].Members {
			name := rows.Items[i].Members[j].Name
			if _, ok := at[name]; !ok {
				at[name] = len(header)
				header = append(header, name)
			}
		}
	}
	for _, n := range header {
		w.push(n)
		if err := w.name(n); err != nil {
			return err
		}
		w.pop()
	}
	if len(header) > 0 {
		w.csvRecord(header)
	}
	for i := range rows.Items {
		w.pushIndex(i)
		cells := make([]string, len(header))
		row := &rows.Items[i]
		if row.Kind != Object || len(header) == 0 {
			return w.shape("csv", "a row without cells")
		}
		for j := range row.Members {
			m := &row.Members[j]
			if m.Value.Kind == Absent {
				continue
			}
			w.push(m.Name)
			s, err := w.scalar("csv", &m.Value)
			if err != nil {
				return err
			}
			cells[at[m.Name]] = s
			w.pop()
		}
		w.csvRecord(cells)
		w.pop()
	}
	return nil
}

func (w *writer) csvRecord(cells []string) {
	for i, s := range cells {
		w.comma(i > 0)
		if !strings.ContainsAny(s, ",\"\r\n") && !strings.HasPrefix(s, utf8BOM) && (s != "" || len(cells) > 1) {
			w.out = append(w.out, s...)
			continue
		}
		w.out = append(w.out, '"')
		w.out = append(w.out, strings.ReplaceAll(s, `"`, `""`)...)
		w.out = append(w.out, '"')
	}
	w.out = append(w.out, "\r\n"...)
}
