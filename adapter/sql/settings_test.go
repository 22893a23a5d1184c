package sql_test

import (
	"fmt"
	"strings"
	"testing"

	"duijie/adapter"
	adaptersql "duijie/adapter/sql"
)

func told(fs []adapter.Finding) string {
	var out []string
	for _, f := range fs {
		out = append(out, fmt.Sprintf("%d:%d %s[%s]", f.Line, f.Col, f.Severity, f.Code))
	}
	return strings.Join(out, " ")
}

func TestSinkSettingsAreCheckedWhole(t *testing.T) {
	const good = "kind: sql\nsettings: {driver: postgres, dsn: secret:dsn}\n"
	for name, c := range map[string]struct{ yaml, want string }{
		"good":                {good + strings.TrimSpace(route), ""},
		"a unit names it all": {"kind: sql\nroutes: {\"*\": {insert: [A], idempotency: {table: A, column: B}}}", ""},
		"literal dsn":         {"kind: sql\nsettings: {driver: mysql, dsn: \"root:root@tcp(x)/y\"}\nroutes: {\"*\": {insert: A, idempotency: {table: A, column: B}}}", "2:32 error[secret-literal]"},
		"sqlite's file":       {"kind: sql\nsettings: {driver: sqlite, dsn: ./x.db, charset: GBK}\nroutes: {\"*\": {insert: [A], idempotency: {table: A, column: B}}}", ""},
		"words and keys":      {"kind: sql\nsettings: {driver: db2, chrset: GBK, charset: BIG5}\nroutes: {\"*\": {insert: [A], idempotency: {table: A, column: B}, path: /x}}", "2:20 error[bad-value] 2:47 error[bad-value] 2:33 error[unknown-key] 3:71 error[unknown-key]"},
		"too wide":            {good + "idempotency: {table: A, column: B}\nroutes: {a: {insert: [A]}, b: {insert: [A]}}", "3:14 error[probe-too-wide]"},
		"may double":          {good + "routes: {a: {insert: [A]}}", "3:9 warning[may-double]"},
		"tables apart":        {good + "routes: {a: {insert: [A], idempotency: {table: B, column: C}, poll: {table: C, key: D}}}\nack: [{when: row.X == 1, ack: {}}]", "3:40 error[bad-value] 3:69 error[bad-value]"},
		"poll without rules":  {good + "routes: {a: {insert: [A], idempotency: {table: A, column: C}, poll: {table: A, key: C}}}", "3:69 error[missing]"},
		"retry without key":   {good + "routes: {a: {insert: [A], onAckTimeout: retry}}", "3:41 error[bad-value] 3:9 warning[may-double]"},
		"nothing inserted":    {good + "routes: {a: {idempotency: {table: A, column: C}}}", "3:13 error[missing] 3:27 error[bad-value]"},
		"no routes":           {good, "1:1 error[missing]"},
		"a probe":             {good + "routes: {a: {insert: [A], idempotency: {table: A, column: B}, probe: {path: /x}}}", "3:70 error[unknown-key]"},
	} {
		if got := told(adaptersql.Kind.CheckSink(config(t, c.yaml))); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, c.want)
		}
	}
}

func TestSourceSettingsAreCheckedWhole(t *testing.T) {
	const good = "kind: sql\nsettings: {driver: postgres, dsn: secret:dsn}\nreads:\n"
	for name, c := range map[string]struct{ yaml, want string }{
		"good":          {strings.TrimSpace(good) + read[len("\nreads:"):], ""},
		"where":         {good + "  - {type: t, table: T, key: K, where: \"A = B\", mark: {A: 1}}", "4:45 error[bad-value]"},
		"where, plain":  {good + "  - {type: t, table: T, key: K, where: A is null}", "4:42 error[bad-value]"},
		"mark only":     {good + "  - {type: t, table: T, key: K, mark: {A: 1}}", "4:39 warning[mark-without-where]"},
		"what it needs": {good + "  - {where: \"A = 1\"}", "4:5 error[missing] 4:5 error[missing] 4:5 error[missing]"},
		"values":        {good + "  - {type: {from: row.A}, table: T, key: K, order: A B C, every: 0s, batch: 0, children: {C: {}}}", "4:12 error[missing] 4:94 error[missing] 4:52 error[bad-value] 4:77 error[bad-value] 4:66 error[bad-value]"},
		"expression":    {good + "  - {type: t, table: T, key: K, dedupe: row., spare: 1}", "4:44 error[expr] 4:54 error[unknown-key]"},
		"no reads":      {"kind: sql\nsettings: {driver: postgres, dsn: secret:dsn}", "1:1 error[missing]"},
	} {
		if got := told(adaptersql.Kind.CheckSource(config(t, c.yaml))); got != c.want {
			t.Errorf("%s:\n got  %s\n want %s", name, got, c.want)
		}
	}
}

// A source takes from a sink of its kind, key by key, what it leaves out itself.
func TestSourceTakesSettingsOfItsSink(t *testing.T) {
	p := newSQLite(t).create(t)
	p.progress(t, 1)
	s := config(t, "kind: sql"+read)
	s.SinkNode = node(t, p.settings(", charset: GBK"))
	k, err := adaptersql.NewSource(s, p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	s.SinkNode = node(t, strings.Replace(p.settings(""), "kind: sql", "kind: http", 1))
	if _, err := adaptersql.NewSource(s, p.deps(t)); err == nil {
		t.Error("took the settings of another kind")
	}
}

func TestMissingDriverOrDsnIsToldAtStart(t *testing.T) {
	p := newSQLite(t)
	for _, text := range []string{"kind: sql\nsettings: {dsn: secret:dsn}", "kind: sql\nsettings: {driver: postgres}", "kind: sql\nsettings: {driver: sqlite}"} {
		if _, err := adaptersql.New(config(t, text+route), p.deps(t)); err == nil {
			t.Errorf("opened by %s", text)
		}
	}
	if _, err := adaptersql.New(config(t, "kind: sql\nsettings: {driver: postgres, dsn: secret:dsn}"+route),
		adapter.Deps{Secret: func(string) (string, error) { return "postgres://u:geheim@%zz", nil }}); err == nil || strings.Contains(err.Error(), "geheim") {
		t.Errorf("a wrong dsn: %v", err)
	}
}
