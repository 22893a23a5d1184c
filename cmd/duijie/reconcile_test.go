package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferenceOfTwoLists(t *testing.T) {
	own, err := ownList([]byte(`{"source":"s","id":"same","unit":"510000","digest":"aa","time":"2026-11-23T23:30:00+08:00"}
{"source":"s","id":"changed","unit":"510000","digest":"bb"}

{"source":"s","id":"lost","unit":"510000","time":"2026-11-23T16:30:00Z"}
{"source":"s","id":"unread"}`))
	if err != nil {
		t.Fatal(err)
	}
	got := differenceOf(own, []listed{
		{Source: "s", ID: "same", Digest: "aa", AcceptedAt: "2026-11-24T00:00:01.000+08:00"},
		{Source: "s", ID: "changed", Digest: "cc", AcceptedAt: "2026-11-24T09:00:00.000+08:00"},
		{Source: "s", ID: "unread", Digest: "dd", AcceptedAt: "2026-11-24T09:00:00.000+08:00"},
		{Source: "s", ID: "nobody's", Digest: "ee", AcceptedAt: "2026-11-24T09:00:00.000+08:00"},
	})
	want := difference{Same: 2,
		Missing:   []listed{{Source: "s", ID: "lost", Unit: "510000", Time: "2026-11-23T16:30:00Z"}},
		Extra:     []listed{{Source: "s", ID: "nobody's", Digest: "ee", AcceptedAt: "2026-11-24T09:00:00.000+08:00"}},
		Different: []listed{{Source: "s", ID: "changed", Unit: "510000", Digest: "cc", AcceptedAt: "2026-11-24T09:00:00.000+08:00"}},
		Days: []dayResult{
			{Unit: "-", Day: "2026-11-24", Same: 1, Extra: 1},
			{Unit: "510000", Day: "2026-11-24", Same: 1, Missing: 1, Different: 1},
		}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
