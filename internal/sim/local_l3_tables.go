package sim

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// l3In says how a header table's rows are read: which type each LX is (empty: the
// table has one type), the column that bears a type's subject, the child tables.
type l3In struct {
	table    string
	types    map[string]string
	subject  map[string]string // by type; WBBH unless listed
	children []string
}

func l3Tables() []l3In {
	return []l3In{
		{table: "T_IN_CASE", types: l3One("case.delegated"), children: []string{"T_IN_PARTY", "T_IN_AGENT", "T_IN_CLAIM", "T_IN_MATERIAL"}},
		{table: "T_IN_WITHDRAW", types: l3One("case.withdrawn")},
		{table: "T_IN_NOTICE", types: map[string]string{"01": "case.extension.decided", "02": "case.registered.receipted", "03": "case.dossier.requested",
			"04": "case.docketed", "05": "confirmation.decided", "06": "paper.decided"}, subject: map[string]string{"case.registered.receipted": "AJBH"}},
		{table: "T_IN_AV", types: map[string]string{"01": "av.session.scheduled", "02": "av.session.ended"}, children: []string{"T_IN_PERSON"}},
		{table: "T_IN_ROSTER", types: map[string]string{"01": "roster.org.decided", "02": "roster.mediator.decided", "03": "roster.difference", "04": "expert.decided"},
			subject:  map[string]string{"roster.org.decided": "BH", "roster.mediator.decided": "BH", "roster.difference": "FYDM", "expert.decided": "BH"},
			children: []string{"T_IN_DIFF"}},
		{table: "T_IN_ASSIGN", types: l3One("expert.assigned"), children: []string{"T_IN_EXPERT"}},
		{table: "T_IN_ACCOUNT", types: map[string]string{"01": "account.opened", "02": "account.changed", "03": "account.suspended"},
			subject: map[string]string{"account.opened": "QQH", "account.changed": "ZH", "account.suspended": "ZH"}},
		{table: "T_IN_BULLETIN", types: map[string]string{"01": "stats.bulletin", "02": "report.answered", "03": "guidance.published"},
			subject: map[string]string{"stats.bulletin": "TJQ", "report.answered": "BH", "guidance.published": "BH"}, children: []string{"T_IN_ROW", "T_IN_MATERIAL"}},
		{table: "T_IO_REASSIGN", types: l3One("case.reassigned")},
		{table: "T_IO_ASK", types: l3One("case.materials.requested"), children: []string{"T_IO_ASK_ITEM"}},
		{table: "T_IO_SUPPLY", types: l3One("case.materials.supplied"), children: []string{"T_IO_SUPPLY_FILE"}},
		{table: "T_IO_AV", types: l3One("av.session.changed")},
		{table: "T_IO_REMOVE", types: map[string]string{"01": "roster.org.removed", "02": "roster.mediator.removed", "03": "expert.removed"},
			subject: map[string]string{"roster.org.removed": "BH", "roster.mediator.removed": "BH", "expert.removed": "BH"}},
	}
}

func l3One(typ string) map[string]string { return map[string]string{"": typ} }

// l3Row is one row by column; NULL is "".
type l3Row map[string]string

// rows reads whole rows of a table, in the order of insertion.
func (l *l3) rows(ctx context.Context, table, where string, args ...any) ([]l3Row, error) {
	found, err := l.db.QueryContext(ctx, "SELECT * FROM "+table+" WHERE "+where+" ORDER BY rowid", args...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var out []l3Row
	for found.Next() {
		cells := make([]sql.NullString, len(names))
		into := make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		row := l3Row{}
		for i, name := range names {
			row[name] = strings.TrimRight(cells[i].String, " ")
		}
		out = append(out, row)
	}
	return out, found.Err()
}

// l3Insert writes one row.
func l3Insert(ctx context.Context, tx *sql.Tx, table string, row object) error {
	var names []string
	for name := range row {
		names = append(names, name)
	}
	slices.Sort(names)
	args := make([]any, len(names))
	for i, name := range names {
		args[i] = row[name]
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES (?"+strings.Repeat(", ?", len(names)-1)+")", args...)
	if err != nil {
		return fmt.Errorf("insert into %s: %w", table, err)
	}
	return nil
}

// within runs do in one transaction, which commits where it returns nil.
func (l *l3) within(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := l.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit it does nothing
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}
