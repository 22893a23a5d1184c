package propose

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"duijie/mapping"
	"duijie/schemas"
)

// sample is a made-up case of a made-up system.
const sampleCase = `{"wbbh":"NY-1","wplx":"1","fydm":"F1","fymc":"某法院","wpsj":"2024-08-28 10:00:00","larq":"20240801","bdje":123450,
 "aymc":"追索劳动报酬纠纷","ssly":"虚构","sqr":[{"bh":"p1","xm":"虚构甲","sfzh":"110101199001011237","lxdh":"13800000000","lx":"1","csrq":"19900101"}],
 "bsqr":[{"bh":"p2","mc":"虚构公司"}],"qq":[{"xh":1,"nr":"工资","je":100}],"kzzd":"x","bz":""}`

func propose(t *testing.T, in Input) (Proposal, string) {
	t.Helper()
	in.Profile = schemas.Profile()
	p, err := New(in)
	if err != nil {
		t.Fatal(err)
	}
	return p, string(p.Files["mappings/"+in.Type+".yaml"])
}

// parses holds that a proposal has no finding but of what is left to do.
func parses(t *testing.T, in Input, p Proposal, format string) {
	t.Helper()
	files := fstest.MapFS{}
	for name, b := range p.Files {
		files[name] = &fstest.MapFile{Data: b}
	}
	_, found := mapping.CompilePack(mapping.Source{Name: "p", FS: files, SinkFormat: format, SourceFormat: format, Profile: schemas.Profile(),
		Way: func(string) string { return "D" }, Key: func(string) string { return "" }})
	for _, f := range found {
		switch f.Code {
		case "undeclared-loss", "required-unmapped", "may-miss", "fixture-missing", "selector-gap", "text-too-long", "number-overflow", "yaml-scalar", "codes-missing", "number-scale", "type-clash":
		default:
			t.Errorf("%s:%d: %s: %s (%s · %s)\n%s", f.File, f.Line, f.Code, f.Message, f.Nat, f.Loc, p.Files["mappings/"+in.Type+".yaml"])
		}
	}
}

func wants(t *testing.T, table string, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if !strings.Contains(table, l) {
			t.Errorf("the table lacks %q:\n%s", l, table)
		}
	}
}

func TestSampleGivesRulesByNameAndShape(t *testing.T) {
	in := Input{Type: "case.delegated", Local: "delegated", Kind: Sample, Format: "json", Data: []byte(sampleCase)}
	p, table := propose(t, in)
	parses(t, in, p, "json")
	wants(t, table,
		"- {nat: caseNo, loc: wbbh}   # guess 0.8",
		"# - {nat: delegation, loc: wplx, codes: delegation}",
		`- {nat: delegatedAt, loc: wpsj, time: {loc: "yyyy-MM-dd HH:mm:ss"}}`,
		`- {nat: filedAt, loc: larq, time: {loc: "yyyyMMdd"}, lossy: to-local`,
		"- {nat: amount, loc: bdje, number: {loc: {scale: 2, type: integer}}}   # guess 0.5, 分?",
		`- nat: "parties[role=applicant]"`,
		"- {nat: idNumber, loc: sfzh, text: {trim: both, case: upper}}",
		"# - {nat: kind, loc: lx, codes: partyKind}",
		`- {nat: birthday, loc: csrq, time: {loc: "yyyyMMdd"}}`,
		"#   - {nat: , loc: kzzd}",
	)
}

func TestNoValueOfASampleIsWritten(t *testing.T) {
	p, _ := propose(t, Input{Type: "case.delegated", Kind: Sample, Format: "json", Data: []byte(sampleCase)})
	for name, b := range p.Files {
		for _, v := range []string{"虚构", "110101", "13800", "NY-1"} {
			if strings.Contains(string(b), v) {
				t.Errorf("%s holds a value of the sample", name)
			}
		}
	}
}

func TestXMLSampleIsReadInItsCharset(t *testing.T) {
	in := Input{Type: "case.withdrawn", Kind: Sample, Format: "xml", Data: []byte(`<Root><Head><lsh>1</lsh></Head><Body><wbbh>C1</wbbh><chsj>20240828100000</chsj></Body></Root>`)}
	p, table := propose(t, in)
	parses(t, in, p, "xml")
	wants(t, table, "- {nat: caseNo, loc: Root.Body.wbbh}", `time: {loc: "yyyyMMddHHmmss"}`, "loc: Root.Head.lsh")
}

func TestJSONSchemaIsKeptAsItCame(t *testing.T) {
	const schema = `{"type":"object","properties":{"ajh":{"type":"string","title":"案件编号"},"cs":{"$ref":"#/$defs/sj"}},"$defs":{"sj":{"type":"string","title":"撤回时间"}}}`
	in := Input{Type: "case.withdrawn", Local: "ch", Kind: Schema, Data: []byte(schema)}
	p, table := propose(t, in)
	parses(t, in, p, "json")
	wants(t, table, "nat: caseNo, loc: ajh", "nat: withdrawnAt, loc: cs")
	if string(p.Files["schemas/ch.json"]) != schema+"\n" {
		t.Error("the schema changed")
	}
}

func TestXSDGivesTypesAndBounds(t *testing.T) {
	in := Input{Type: "case.withdrawn", Local: "ch", Kind: XSD, Data: []byte(`<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:element name="Chehui"><xs:complexType><xs:sequence>
<xs:element name="wbbh"><xs:simpleType><xs:restriction base="xs:string"><xs:maxLength value="32"/></xs:restriction></xs:simpleType></xs:element>
<xs:element name="chsj" type="xs:dateTime"/><xs:element name="chf" type="Fang"/><xs:element name="chyy" type="xs:string" minOccurs="0"/>
</xs:sequence></xs:complexType></xs:element>
<xs:simpleType name="Fang"><xs:restriction base="xs:string"><xs:enumeration value="1"/><xs:enumeration value="2"/></xs:restriction></xs:simpleType></xs:schema>`)}
	p, table := propose(t, in)
	parses(t, in, p, "xml")
	wants(t, table, "nat: caseNo, loc: Chehui.wbbh", `time: {loc: "yyyy-MM-dd'T'HH:mm:ss"}`, "# - {nat: by, loc: Chehui.chf, codes: by}")
	schema := string(p.Files["schemas/ch.json"])
	wants(t, schema, `"maxLength": 32`, `"required": [`)
	if regexp.MustCompile(`"required": \[[^\]]*chyy`).MatchString(schema) {
		t.Error("an optional element is required")
	}
}

func TestDDLGivesTheRowsOfATable(t *testing.T) {
	in := Input{Type: "case.withdrawn", Local: "ch", Kind: DDL, Data: []byte("CREATE TABLE `T_CH` (\n `ID` int NOT NULL, -- key\n `WBBH` varchar(64) NOT NULL COMMENT '案件编号, 国家',\n `CHSJ` datetime,\n `YY` varchar(200),\n PRIMARY KEY (`ID`)\n);\nCOMMENT ON COLUMN T_CH.YY IS '原因';")}
	p, table := propose(t, in)
	parses(t, in, p, "rows")
	wants(t, table, `- {nat: caseNo, loc: "T_CH[0].WBBH"}`, `time: {loc: "yyyy-MM-dd HH:mm:ss"}`, `nat: reason, loc: "T_CH[0].YY"`, `loc: "T_CH[0].ID"`)
}

func TestOddNamesStillParse(t *testing.T) {
	for _, odd := range []string{`{"caseNo":"1","a\nb":"x","#c":1,"no":2,"a.b":3,"- d":4,"":5,"{x}":6,"q\"r":7,"*":8,"^":9}`, `{"reason: x":"1","by":"court","Reason":"y"}`} {
		in := Input{Type: "case.withdrawn", Kind: Sample, Format: "json", Data: []byte(odd)}
		_, table := propose(t, in)
		var tree any
		if err := yaml.Unmarshal([]byte(table), &tree); err != nil {
			t.Errorf("%v in\n%s", err, table)
		}
	}
}

func TestTypesThatReferToThemselvesEnd(t *testing.T) {
	many := strings.Repeat(`<xs:extension base="a"/><xs:element name="x" type="a"/>`, 50)
	propose(t, Input{Type: "case.withdrawn", Kind: XSD, Data: []byte(`<s xmlns:xs="x"><xs:element name="caseNo" type="a"/><xs:complexType name="a"><xs:sequence>` + many + `</xs:sequence></xs:complexType></s>`)})
	refs := strings.Repeat(`{"$ref":"#"},`, 50)
	propose(t, Input{Type: "case.withdrawn", Kind: Schema, Data: []byte(`{"properties":{"caseNo":{"type":"string"}},"allOf":[` + strings.TrimSuffix(refs, ",") + `]}`)})
}

func TestNothingToReadIsAnErrorWithoutContent(t *testing.T) {
	for _, in := range []Input{
		{Type: "case.withdrawn", Kind: Sample, Format: "json", Data: []byte(`{}`)},
		{Type: "case.withdrawn", Kind: DDL, Data: []byte(`geheim`)},
		{Type: "case.withdrawn", Kind: XSD, Data: []byte(`<geheim/>`)},
	} {
		in.Profile = schemas.Profile()
		_, err := New(in)
		if !errors.Is(err, ErrNothing) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", in.Kind, err)
		}
	}
}

func FuzzReaders(f *testing.F) {
	f.Add([]byte(sampleCase))
	f.Add([]byte("create table a (b int, c varchar(3) comment 'x')"))
	f.Add([]byte("<xs:schema xmlns:xs='x'><xs:element name='a' type='b'/><xs:complexType name='b'><xs:sequence><xs:element ref='a'/></xs:sequence></xs:complexType></xs:schema>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, in := range []Input{{Kind: Sample, Format: "json"}, {Kind: Sample, Format: "xml"}, {Kind: Sample, Format: "csv"}, {Kind: Schema}, {Kind: XSD}, {Kind: DDL}} {
			in.Type, in.Data, in.Profile = "case.withdrawn", b, schemas.Profile()
			p, err := New(in) // must not panic or hang
			var tree any
			if err == nil && utf8.Valid(b) && yaml.Unmarshal(p.Files["mappings/case.withdrawn.yaml"], &tree) != nil {
				t.Errorf("the %s gives a table that is no YAML:\n%s", in.Kind, p.Files["mappings/case.withdrawn.yaml"])
			}
		}
	})
}
