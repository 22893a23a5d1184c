package provinces_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestTablesAreTold holds what the pack names against its README and its DDL: a
// column that a schema has is a column of that table, in all three.
func TestTablesAreTold(t *testing.T) {
	p := loadAll(t)["440000"]
	readme := string(read(t, "440000/README.md"))
	for _, typ := range p.Set.Types() {
		if !strings.Contains(readme, "| `"+typ+"` ") {
			t.Errorf("README.md does not tell of %s", typ)
		}
	}
	pack := string(read(t, "440000/pack.yaml"))
	named := regexp.MustCompile(`T_[A-Z_]+[A-Z]`).FindAllString(pack, -1)
	for _, ddl := range []string{"postgres.sql", "mysql.sql", "sqlite.sql"} {
		columns := columnsOf(string(read(t, "440000/ddl/"+ddl)))
		for _, table := range named {
			if columns[table] == nil {
				t.Errorf("%s has no %s", ddl, table)
			}
			if !strings.HasSuffix(table, "_HIS") && !strings.Contains(readme, "`"+table+"`") {
				t.Errorf("README.md does not tell of %s", table)
			}
		}
		for _, typ := range p.Set.Types() {
			schema := tree(t, read(t, "440000/schemas/"+strings.ReplaceAll(typ, ".", "-")+".json")).(map[string]any)
			for table, list := range schema["properties"].(map[string]any) {
				items, _ := list.(map[string]any)["items"].(map[string]any)
				row, _ := items["properties"].(map[string]any)
				for column := range row {
					if !slices.Contains(columns[table], column) {
						t.Errorf("%s: %s has no column %s, which %s names", ddl, table, column, typ)
					}
				}
			}
		}
	}
}

// columnsOf reads the columns of each table out of a file of statements; a table
// made after another one has that one's.
func columnsOf(ddl string) map[string][]string {
	out := map[string][]string{}
	for _, m := range regexp.MustCompile(`(?s)CREATE TABLE (\w+) \(\n(.*?)\n\)`).FindAllStringSubmatch(ddl, -1) {
		for _, c := range regexp.MustCompile(`(?m)(?:^|, )\s*([A-Z0-9]+) [A-Z]`).FindAllStringSubmatch(m[2], -1) {
			out[m[1]] = append(out[m[1]], c[1])
		}
	}
	for _, m := range regexp.MustCompile(`CREATE TABLE (\w+)_HIS `).FindAllStringSubmatch(ddl, -1) {
		out[m[1]+"_HIS"] = out[m[1]]
	}
	return out
}
