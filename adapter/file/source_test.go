package file_test

import (
	"archive/zip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"duijie/adapter/adaptertest"
)

func sourcePromises() map[string]promise {
	return map[string]promise{
		"AttachmentsComeOutOfTheZip":             attachmentsInZip,
		"AttachmentsBesideTheDocumentAreFetched": attachmentsBeside,
		"EveryEntryIsKeptWhereAsked":             everyEntry,
		"BadAttachmentsGoToBad":                  badAttachments,
		"FileIsMovedOnlyWhenDurable":             movedWhenDurable,
		"BadFileDeafensNothing":                  badFiles,
		"SeveralReadersEachMessageOnce":          severalReaders,
		"LeftInWorkIsPickedUpAgain":              leftInWork,
		"HalfWrittenFileIsLeftAlone":             halfWritten,
		"SameNameAgainOverwritesNothing":         sameNameAgain,
		"NamesWithoutFlagAreGB18030":             gbNames,
	}
}

const reads = `
reads: [{type: case.progress, dir: out, match: "*.zip", document: case.xml, dedupe: name, every: 20ms, stable: 40ms, work: work, done: done, bad: bad, receipts: {ok: "{name}.ok", error: "{name}.err"}}]
`

func movedWhenDurable(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	in.Refuse(errors.New("full"))
	p.take(t, in, reads)
	p.write(t, "out/a.zip", zipOf(t, named("case.xml", "\xef\xbb\xbf"+xml(1)), named("att/x.pdf", "x")))
	eventually(t, "claimed", func() bool { return len(p.names("work")) == 1 })
	time.Sleep(50 * time.Millisecond)
	if p.has("done/a.zip") || p.has("out/a.zip.ok") {
		t.Fatal("moved, though not durable")
	}
	in.Refuse(nil)
	eventually(t, "done", func() bool { return p.has("done/a.zip") })
	got := in.Taken()
	if len(got) != 1 || got[0].ID != "a.zip" || got[0].Type != "case.progress" || got[0].Endpoint != "out" || string(got[0].Content) != `{"Case":{"No":"N-1"}}` {
		t.Fatalf("%+v %s", got, got[0].Content)
	}
	if r := p.read(t, "out/a.zip.ok"); !strings.HasPrefix(r, "OK receipt-1") {
		t.Fatal(r)
	}
}

func badFiles(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	link := zipped{content: "/etc/passwd"}
	link.Name = "att/link"
	link.SetMode(os.ModeSymlink | 0o777)
	many := []zipped{named("case.xml", xml(1))}
	for n := range 2001 {
		many = append(many, named(fmt.Sprint("att/", n), ""))
	}
	for name, content := range map[string]string{
		"traversal":       zipOf(t, named("case.xml", xml(1)), named("../../etc/x", "x")),
		"link":            zipOf(t, named("case.xml", xml(1)), link),
		"over-many":       zipOf(t, many...),
		"over-compressed": zipOf(t, named("case.xml", xml(1)), named("bomb", strings.Repeat("0", 4<<20))),
		"zip":             zipOf(t, named("case.xml", xml(1)))[:30],
		"document":        zipOf(t, named("other.xml", xml(1))),
		"unreadable":      zipOf(t, named("case.xml", "<Case>张三")),
	} {
		p.write(t, "out/"+name+".zip", content)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(p.dir, "out/link2.zip")); err != nil {
		t.Fatal(err)
	}
	p.write(t, "out/zz.zip", zipOf(t, named("case.xml", xml(2))))
	in := &adaptertest.Intake{}
	p.take(t, in, reads)
	eventually(t, "the good one", func() bool { return p.has("done/zz.zip") })
	for _, name := range []string{"traversal", "link", "over-many", "over-compressed", "zip", "document", "unreadable"} {
		eventually(t, name, func() bool { return p.has("bad/" + name + ".zip.reason") })
		if r := p.read(t, "bad/"+name+".zip.reason"); !strings.HasPrefix(r, name+": ") || !p.has("bad/"+name+".zip") || !p.has("out/"+name+".zip.err") || strings.Contains(r, "张三") {
			t.Errorf("%s: %s", name, r)
		}
	}
	eventually(t, "the link", func() bool { return p.has("bad/link2.zip.reason") })
	if got := takenIDs(in); got != "zz.zip" {
		t.Fatal(got)
	}
}

func severalReaders(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	for n := range 10 {
		p.write(t, fmt.Sprintf("out/%d.zip", n), zipOf(t, named("case.xml", xml(n))))
	}
	for range 3 {
		p.take(t, in, strings.Replace(reads, "dedupe: name", `dedupe: '""'`, 1)) // every acceptance is seen
	}
	eventually(t, "all done", func() bool { return len(p.names("done")) == 10 })
	if got := in.Taken(); len(got) != 10 {
		t.Fatalf("%d taken", len(got))
	}
}

func leftInWork(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	in.Refuse(errors.New("full"))
	stop := p.take(t, in, reads)
	p.write(t, "out/a.zip", zipOf(t, named("case.xml", xml(1))))
	eventually(t, "claimed", func() bool { return len(p.names("work")) == 1 })
	stop()
	in.Refuse(nil)
	// As if the reader had died a while ago, for a claim of now may be a living reader's.
	claim := p.names("work")[0]
	old := fmt.Sprint(time.Now().Add(-time.Minute).UnixMilli()) + claim[13:]
	if err := p.rename("work/"+claim, "work/"+old); err != nil {
		t.Fatal(err)
	}
	p.write(t, "work/b.zip", zipOf(t, named("case.xml", xml(2))))
	p.take(t, in, reads)
	eventually(t, "done", func() bool { return p.has("done/a.zip") && p.has("done/b.zip") })
	if got := takenIDs(in); got != "a.zip b.zip" {
		t.Fatal(got)
	}
}

func halfWritten(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	whole := zipOf(t, named("case.xml", xml(1)))
	p.write(t, "out/a.zip", "")
	p.write(t, "out/.b.zip.tmp", whole)
	p.take(t, in, strings.Replace(reads, "stable: 40ms", "stable: 300ms", 1))
	f, err := os.OpenFile(filepath.Join(p.dir, "out/a.zip"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	step := len(whole)/6 + 1
	for at := 0; at < len(whole); at += step {
		if _, err := f.WriteString(whole[at:min(at+step, len(whole))]); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Millisecond)
	}
	eventually(t, "done", func() bool { return p.has("done/a.zip") })
	if len(p.names("bad")) != 0 || takenIDs(in) != "a.zip" || !p.has("out/.b.zip.tmp") {
		t.Fatal(p.names("bad"), takenIDs(in))
	}
}

func sameNameAgain(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	p.take(t, in, reads)
	for n := range 2 {
		p.write(t, "out/a.zip", zipOf(t, named("case.xml", xml(n))))
		eventually(t, "done", func() bool { return len(p.names("done")) == n+1 })
	}
	if got := in.Taken(); len(got) != 2 || string(got[0].Content) == string(got[1].Content) || !p.has("done/a.zip") {
		t.Fatalf("%d, %v", len(got), p.names("done"))
	}
}

func gbNames(t *testing.T, fresh func(testing.TB) tree) {
	p := fresh(t)
	in := &adaptertest.Intake{}
	p.take(t, in, strings.Replace(reads, "document: case.xml", "document: 案件.xml", 1))
	p.write(t, "out/gb.zip", zipOf(t, zipped{zip.FileHeader{Name: "\xb0\xb8\xbc\xfe.xml", NonUTF8: true}, xml(1)}))
	p.write(t, "out/utf.zip", zipOf(t, named("案件.xml", xml(2))))
	eventually(t, "done", func() bool { return p.has("done/gb.zip") && p.has("done/utf.zip") })
}
