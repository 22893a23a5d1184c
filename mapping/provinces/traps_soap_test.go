package provinces_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"duijie/mapping"
)

// TestTrapsOfSoapDown holds the traps of documents that go down in GBK.
func TestTrapsOfSoapDown(t *testing.T) {
	p := loadAll(t)["320000"]
	const nanyue = "320000/fixtures/case.delegated/13-nanyue/national.json"
	const gulou = "320000/fixtures/case.delegated/15-gulou-cleaners/national.json"
	const file = "320000/fixtures/case.materials.supplied/made-up-downward/national.json"
	id := at(t, read(t, nanyue), "parties.0.idNumber")
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"the key is an attribute":                          {nanyue, nil, "Msg.@lsh", "K"},
		"15-digit id number becomes its 18-digit form":     {nanyue, []string{id, "430405900307202"}, "Msg.Aj.dsrs.dsr.0.zj.#text", eighteen("43040519900307202")},
		"x of an id number becomes X":                      {nanyue, []string{id, "43040519900307205x"}, "Msg.Aj.dsrs.dsr.0.zj.#text", "43040519900307205X"},
		"date is written out without zeros":                {nanyue, nil, "Msg.Aj.dsrs.dsr.0.csrq", "1990年3月7日"},
		"hour has no zero in front":                        {nanyue, nil, "Msg.sj", "2024年8月27日 9时12分30秒"},
		"day of an evening in another zone is the next":    {nanyue, []string{"2024-08-27T08:50:00+08:00", "2024-08-26T17:00:00Z"}, "Msg.Aj.tyrq", "2024年8月27日"},
		"元 becomes 万元":                                     {gulou, nil, "Msg.Aj.bd", "0.996201"},
		"a fen becomes 万元":                                 {gulou, nil, "Msg.Aj.qqs.qq.1.@je", "0.000001"},
		"wages stay 元, with two decimals":                  {gulou, nil, "Msg.Aj.dsrs.dsr.0.yg.yx", "2490.50"},
		"agents stand inside their party":                  {gulou, nil, "Msg.Aj.dsrs.dsr.4.dls.dl.0.xm", "孙某"},
		"full-width brackets of a name become half":        {nanyue, []string{`"某公司"`, `"某（南京）公司"`}, "Msg.Aj.dsrs.dsr.1.mc", "某(南京)公司"},
		"characters outside GBK have substitutes":          {nanyue, []string{"颜某某", "䶮𬭎㐂·〇"}, "Msg.Aj.dsrs.dsr.0.mc", "龑鋐喜·〇"},
		"the end of a CDATA section passes":                {nanyue, []string{"申请人与被申请人", `]]>&<b>`}, "Msg.Aj.ss", "]]>&<b>因解除劳动关系的经济补偿金等费用发生争议，直接向法院提交立案材料；经征得同意，通过“总对总”在线诉调对接机制委派调解。"},
		"and in the name of a file of the other namespace": {file, nil, "Msg.cls.fj:cl.fj:mc", "考勤表]]>1.pdf"},
		"what has no value is left out":                    {nanyue, nil, "Msg.Aj.dsrs.dsr.0.mz", "absent"},
	} {
		t.Run(name, func(t *testing.T) {
			typ := strings.Split(c.golden, "/")[2]
			program, ok := p.Set.Program(typ)
			if !ok {
				t.Fatal("not mapped")
			}
			got, _, err := program.ToLocal(nil, edit(t, c.golden, c.changes...), &mapping.Env{Now: time.Unix(1, 0), Time: time.Unix(1, 0), Key: "K"})
			if err != nil {
				t.Fatal(err)
			}
			if got := in(decoded(t, got, p.SinkOptions), c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}

func TestCharacterWithoutSubstituteIsAnErrorAndNoQuestionMark(t *testing.T) {
	program, _ := loadAll(t)["320000"].Set.Program("case.delegated")
	got, _, err := program.ToLocal(nil, edit(t, "320000/fixtures/case.delegated/13-nanyue/national.json", "颜某某", "𠮷某"), &mapping.Env{})
	var all mapping.Errors
	if len(got) > 0 || !errors.As(err, &all) || !slices.ContainsFunc(all, func(e mapping.Error) bool { return e.Code == "charset" }) {
		t.Errorf("%d bytes, err = %v", len(got), err)
	}
}

// TestTrapsOfSoapUp holds the traps of documents that come up.
func TestTrapsOfSoapUp(t *testing.T) {
	p := loadAll(t)["320000"]
	const closed, accepted, progress, dossier = "case.closed/15-gulou-cleaners", "case.accepted/15-gulou-cleaners", "case.progress/13-nanyue", "case.dossier.supplied/15-gulou-cleaners"
	for name, c := range map[string]struct {
		golden     string
		changes    []string
		path, want string
	}{
		"digits alone are a date":                   {accepted, nil, "due", "2025-08-18"},
		"zeros are no date":                         {accepted, []string{"<dqr>20250818", "<dqr>0000-00-00"}, "due", "absent"},
		"无 is nothing":                              {closed, []string{"<bz>首批25件", "<bz>无"}, "remark", "absent"},
		"a dash is nothing":                         {closed, []string{"<bz>首批25件", "<bz>-"}, "remark", "absent"},
		"an empty element is nothing":               {closed, []string{"<bz>首批25件", "<bz>"}, "remark", "absent"},
		"a time with dashes":                        {closed, []string{"<sj>2025年8月13日 17时30分00秒", "<sj>2025-08-13 17:30:00"}, "closedAt", "2025-08-13T17:30:00+08:00"},
		"a day alone is its midnight":               {closed, []string{"<qd>2025年8月13日 0时00分00秒", "<qd>2025年8月13日"}, "agreement.signedAt", "2025-08-13T00:00:00+08:00"},
		"leading zeros of money":                    {closed, []string{"<je>4981.00", "<je>0004981.0"}, "agreement.items.0.amount", "4981.00"},
		"money with an exponent":                    {closed, []string{"<je>4981.00", "<je>4.981E3"}, "agreement.items.0.amount", "4981.00"},
		"leading zeros of a number":                 {progress, []string{"<xh>001", "<xh>0007"}, "no", "7"},
		"CDATA is text":                             {progress, []string{"法院工作人员参与调解，双方到场", "<![CDATA[<b>&]]]]><![CDATA[>]]>"}, "text", `\u003cb\u003e\u0026]]\u003e`},
		"a document in CDATA":                       {dossier, nil, "handling.closedAt", "2025-08-13T17:30:00+08:00"},
		"the end of a CDATA section inside it":      {dossier, nil, "handling.summary", `推选代表人，\u003c示范\u003e调解]]\u003e后分期支付`},
		"a namespace under another prefix":          {closed, []string{"xmlns:fj=", "xmlns:w=", "<fj:cl ", "<w:cl ", "</fj:cl>", "</w:cl>", "<fj:mc>", "<w:mc>", "</fj:mc>", "</w:mc>", "<fj:zy>", "<w:zy>", "</fj:zy>", "</w:zy>", "<fj:dx>", "<w:dx>", "</fj:dx>", "</w:dx>", "<fj:gs>", "<w:gs>", "</fj:gs>", "</w:gs>"}, "agreement.material.name", "调解协议书.pdf"},
		"a default namespace does no harm":          {accepted, []string{"<Msg ", `<Msg xmlns="urn:other" `}, "localCaseNo", "JS2025081200015"},
		"an element that no schema knows":           {accepted, []string{"<dqr>", "<xz>x</xz><dqr>"}, "due", "2025-08-18"},
		"white space between elements":              {accepted, []string{"<dqr>", "\r\n  <dqr>"}, "due", "2025-08-18"},
		"two local codes become one":                {"case.rejected/made-up-merged-code", nil, "reason", "notOurs"},
		"GB18030 under a declaration of GBK passes": {"case.progress/made-up-rare-character", nil, "text", "与䶮某通话"},
	} {
		t.Run(name, func(t *testing.T) {
			typ, _, _ := strings.Cut(c.golden, "/")
			program, ok := p.Set.Program(typ)
			if !ok {
				t.Fatal("not mapped")
			}
			path := "320000/fixtures/" + c.golden + "/local.xml"
			local := read(t, path)
			if len(c.changes) > 0 {
				local = editGB(t, path, c.changes...)
			}
			got, _, err := program.ToNational(nil, local, &mapping.Env{IDs: mapping.ListedIDs{}})
			if err != nil {
				t.Fatal(err)
			}
			if got := at(t, got, c.path); got != c.want {
				t.Errorf("%s = %q, want %q", c.path, got, c.want)
			}
		})
	}
}
