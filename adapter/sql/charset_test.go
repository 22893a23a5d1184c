package sql_test

import (
	"context"
	"strings"
	"testing"

	"duijie/adapter"
	adaptersql "duijie/adapter/sql"
)

func charsetPromises() map[string]promise {
	return map[string]promise{"GBKBytesInSingleByteColumns": gbkBytes}
}

func rowPromises() map[string]promise {
	return map[string]promise{"NamesFollowThePack": namesFollowThePack}
}

// Traps 11 and 22: the database thinks that its texts are Latin; they are GBK.
func gbkBytes(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t, map[bool]string{true: "ENCODING 'LATIN1' TEMPLATE template0", false: "CHARACTER SET latin1"}[strings.HasPrefix(t.Name(), "TestExchangeTables/postgres")]).create(t)
	k, err := adaptersql.New(config(t, p.settings(", charset: GBK")+route), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { k.Close() })
	m := message("case.withdrawn")
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"张〇·","CWXX":""}],"T_IN_PARTY":[{"XH":1,"XM":"李四"}]}`)
	mustDeliver(t, k, m)
	hex := map[string]string{"sqlite": "hex(AJMC)", "mysql": "HEX(AJMC)", "postgres": "upper(encode(convert_to(AJMC, 'LATIN1'), 'hex'))"}[p.driver]
	if p.count(t, "T_IN_CASE WHERE "+hex+" = 'D5C5A996A1A4'") != 1 {
		var got string
		p.db.QueryRow("SELECT " + hex + " FROM T_IN_CASE").Scan(&got)
		t.Errorf("written as %s", got)
	}
	m.Key = strings.Repeat("b", 32)
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"䶮"}]}`)
	if _, f := deliver(k, m); f == nil || f.Outcome != adapter.Refused || f.HoldReason != "mapping" || !strings.Contains(f.Error(), "U+4DAE") {
		t.Errorf("a character outside GBK: %+v", f)
	}
	in := &intake{}
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, NR) SELECT 1, AJMC FROM T_IN_CASE WHERE GWBH = ?", key)
	// D5: half a character, cut off by a column that counts bytes.
	half := map[string]string{"sqlite": "CAST(x'D5C5D520' AS TEXT)", "mysql": "x'D5C5D520'", "postgres": "convert_from('\\xD5C5D520', 'LATIN1')"}[p.driver]
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, DM) VALUES (2, "+half+")")
	bad := map[string]string{"sqlite": "CAST(x'D5C5FF20D5' AS TEXT)", "mysql": "x'D5C5FF20D5'", "postgres": "convert_from('\\xD5C5FF20D5', 'LATIN1')"}[p.driver]
	p.exec(t, "INSERT INTO T_OUT_PROGRESS (ID, NR) VALUES (3, "+bad+")")
	s, err := adaptersql.NewSource(config(t, p.settings(", charset: GBK")+strings.Replace(read, "DQZT = '0'", "DQZT = '0' and BH <> '〇' or DQZT = '0'", 1)), p.deps(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	background(t, func(ctx context.Context) error { return s.Run(ctx, in) })
	eventually(t, "all are marked", func() bool { return p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 3 })
	if got := in.all(); len(got) != 3 || got[0].Unreadable || got[1].Unreadable || !got[2].Unreadable || got[2].ID != "3" {
		t.Fatalf("%+v", got)
	}
	if v := decoded(t, in.all()[0])["T_OUT_PROGRESS"][0]["NR"]; v != "张〇·" {
		t.Errorf("read as %q", v)
	}
	if v := decoded(t, in.all()[1])["T_OUT_PROGRESS"][0]["DM"]; v != "张" {
		t.Errorf("cut text read as %q", v)
	}
}

// A pack may write names in the case that its system's documents use, whatever the
// database made of them.
func namesFollowThePack(t *testing.T, fresh func(testing.TB, ...string) place) {
	p := fresh(t)
	p.progress(t, 1)
	in := &intake{}
	p.read(t, in, `reads: [{type: case.progress, table: T_OUT_PROGRESS, where: "dqzt = '0'", key: id, mark: {Dqzt: "1"}, every: 20ms}]`)
	eventually(t, "it came", func() bool { return len(in.all()) == 1 && p.count(t, "T_OUT_PROGRESS WHERE DQZT = '1'") == 1 })
	row := decoded(t, in.all()[0])["T_OUT_PROGRESS"][0]
	if _, ok := row["id"]; !ok || row["BH"] != "N-1" || in.all()[0].ID != "1" {
		t.Errorf("%v", row)
	}
}
