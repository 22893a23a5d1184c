package file_test

import (
	"archive/zip"
	"context"
	"strings"
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

func sinkPromises() map[string]promise {
	return map[string]promise{
		"FileStandsWholeUnderItsName":         wholeFile,
		"SameNameOnRepeat":                    sameName,
		"RepeatAfterUnknownLooksFirst":        looksFirst,
		"ReceiptAcknowledgesOrHolds":          receipts,
		"RefusalAfterOkIsTold":                refusedAfterOk,
		"ReceiptsWithoutRules":                plainReceipts,
		"FlagFollowsTheFile":                  flagFile,
		"SeqStepsOverNamesAfterRestore":       restoredSeq,
		"TwoMessagesNeverShareAName":          sharedName,
		"NameThatWouldLeaveItsFolderIsHeld":   badName,
		"LookFindsFileAndReceipt":             look,
		"SentAgainByAPersonIsNotRefusedTwice": redrive,
		"AttachmentsGoIntoTheZip":             zippedAttachments,
	}
}

const routes = `
routes:
  case.delegated: {dir: in, name: "{now:yyyyMMdd}_{seq:6}.zip", zip: {document: case.xml}, receipt: {dir: in, ok: "{name}.ok", error: "{name}.err", every: 20ms}}
ack: [{when: 'name endsWith ".ok"', ack: {localRef: text}}, {when: 'name endsWith ".err"', hold: {code: '"E9"', detail: text}}]
`

func wholeFile(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	ack := mustDeliver(t, p.sink(t, routes), message(key))
	if ack.Await != "20261001_000001.zip" || strings.Join(p.names("in"), " ") != ack.Await {
		t.Fatalf("%+v, %v", ack, p.names("in"))
	}
	content := p.read(t, "in/"+ack.Await)
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != "case.xml" || z.File[0].UncompressedSize64 != uint64(len(message(key).Document)) {
		t.Fatalf("%v %+v", err, z)
	}
}

func sameName(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	first := mustDeliver(t, p.sink(t, routes), message(key))
	other := mustDeliver(t, p.sink(t, routes), message(strings.Repeat("a", 32)))
	m := message(key)
	m.Attempt, m.AfterUnknown = 2, true
	again := mustDeliver(t, p.sink(t, routes), m) // another sink, the same memory: a restart
	if first.Await != again.Await || other.Await == first.Await || len(p.names("in")) != 2 {
		t.Fatalf("%v %v %v: %v", first, other, again, p.names("in"))
	}
}

func looksFirst(t *testing.T, fresh func(testing.TB) tree) {
	for _, suffix := range []string{".ok", ".err"} {
		p := fresh(t)
		k := p.sink(t, routes)
		name := mustDeliver(t, k, message(key)).Await
		if err := p.rename("in/"+name, "in/"+name+suffix); err != nil {
			t.Fatal(err)
		}
		m := message(key)
		m.AfterUnknown = true
		if ack := mustDeliver(t, k, m); ack.Await != name || p.has("in/"+name) {
			t.Fatalf("%s: written again", suffix)
		}
	}
}

// watched delivers one message, lets the local system answer and gives what was told.
func watched(t *testing.T, p tree, rest, suffix, answer string) adapter.Late {
	t.Helper()
	k := p.sink(t, rest)
	name := mustDeliver(t, k, message(key)).Await
	in := &adaptertest.Intake{}
	awaiting := func() []adapter.Awaited {
		return []adapter.Awaited{{Receipt: "0198", Key: key, Await: name, Type: "case.delegated"}}
	}
	stop := background(t, func(ctx context.Context) error { return k.Watch(ctx, awaiting, in) })
	p.write(t, "in/"+name+suffix, answer)
	eventually(t, "told", func() bool { return len(in.Late()) > 0 })
	stop()
	return in.Late()[0]
}

func receipts(t *testing.T, fresh func(testing.TB) tree) {
	if l := watched(t, fresh(t), routes, ".ok", "\xef\xbb\xbfBD-77\r\n"); l.Correlate != "0198" || l.Ack.LocalRef != "BD-77" || l.Refused {
		t.Fatalf("%+v", l)
	}
	if l := watched(t, fresh(t), routes, ".err", "\xd5\xc5\xc8\xfd"); !l.Refused || l.Code != "E9" || l.Detail != "张三" {
		t.Fatalf("%+v", l)
	}
}

func refusedAfterOk(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, routes)
	name := mustDeliver(t, k, message(key)).Await
	in := &adaptertest.Intake{}
	awaiting := func() []adapter.Awaited {
		return []adapter.Awaited{{Receipt: "0198", Key: key, Await: name, Type: "case.delegated", Settled: true}}
	}
	p.write(t, "in/"+name+".ok", "BD-77")
	p.write(t, "in/"+name+".err", "no")
	background(t, func(ctx context.Context) error { return k.Watch(ctx, awaiting, in) })
	eventually(t, "told", func() bool { return len(in.Late()) > 0 })
	if l := in.Late()[0]; l.Correlate != "0198" || !l.Refused || l.Code != "E9" {
		t.Fatalf("%+v", l)
	}
}

func plainReceipts(t *testing.T, fresh func(testing.TB) tree) {
	rest := strings.Split(routes, "ack: [{")[0]
	for answer, ref := range map[string]string{"OK\n": "", " BD-1 ok\n": "BD-1", "": ""} {
		if l := watched(t, fresh(t), rest, ".ok", answer); l.Refused || l.Ack.LocalRef != ref {
			t.Fatalf("%q: %+v", answer, l)
		}
	}
	if l := watched(t, fresh(t), rest, ".err", "no"); !l.Refused || l.Detail != "no" {
		t.Fatalf("%+v", l)
	}
}

func flagFile(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, `routes: {"*": {dir: in/a, name: "{key}.xml", done: "{name}.flag"}}`)
	if ack := mustDeliver(t, k, message(key)); ack.Await != "" || !p.has("in/a/"+key+".xml.flag") || p.read(t, "in/a/"+key+".xml") != string(message(key).Document) {
		t.Fatalf("%+v %v", ack, p.names("in/a"))
	}
}

func restoredSeq(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	mustDeliver(t, p.sink(t, routes), message(key))
	p.memory = newNotebook() // restored from before
	if ack := mustDeliver(t, p.sink(t, routes), message(strings.Repeat("b", 32))); ack.Await != "20261001_000002.zip" {
		t.Fatal(ack.Await)
	}
	// Only its receipt is left of the second: it speaks of another message.
	if err := p.rename("in/20261001_000002.zip", "in/20261001_000002.zip.ok"); err != nil {
		t.Fatal(err)
	}
	p.memory = newNotebook()
	if ack := mustDeliver(t, p.sink(t, routes), message(strings.Repeat("e", 32))); ack.Await != "20261001_000003.zip" {
		t.Fatal(ack.Await)
	}
}

func sharedName(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, `routes: {"*": {dir: in, name: "{subject}_{now:yyyyMMdd}.xml"}}`)
	mustDeliver(t, k, message(key))
	if _, f := deliver(k, message(strings.Repeat("c", 32))); f == nil || f.Outcome != adapter.Refused {
		t.Fatalf("the first message's file was overwritten: %+v", f)
	}
}

func badName(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, `routes: {"*": {dir: in, name: "{subject}_{key}.xml"}}`)
	m := message(key)
	m.Subject = "../../张三"
	if _, f := deliver(k, m); f == nil || f.HoldReason != "placeholder" || strings.Contains(f.Error(), "张三") {
		t.Fatalf("%+v", f)
	}
	k = p.sink(t, `routes: {"*": {dir: in, name: "{localRef}_{key}.xml"}}`)
	if _, f := deliver(k, message(key)); f == nil || f.Outcome != adapter.Transient || f.Cause != "localRef" {
		t.Fatalf("%+v", f)
	}
}

func look(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, routes)
	name := mustDeliver(t, k, message(key)).Await
	sees := func(want adapter.Sight) {
		t.Helper()
		if got, err := k.Look(context.Background(), adapter.Awaited{Await: name, Type: "case.delegated"}); got != want || err != nil {
			t.Fatalf("%s, %v", got, err)
		}
	}
	sees(adapter.StillThere)
	if err := p.rename("in/"+name, "in/"+name+".err"); err != nil {
		t.Fatal(err)
	}
	sees(adapter.StillThere)
	if err := p.rename("in/"+name+".err", "taken"); err != nil {
		t.Fatal(err)
	}
	sees(adapter.Gone)
}

func redrive(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	k := p.sink(t, routes)
	name := mustDeliver(t, k, message(key)).Await
	if err := p.rename("in/"+name, "in/"+name+".err"); err != nil {
		t.Fatal(err)
	}
	mustDeliver(t, k, message(key))
	if !p.has("in/"+name) || p.has("in/"+name+".err") {
		t.Fatal(p.names("in"))
	}
}
