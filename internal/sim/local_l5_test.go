package sim

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
	"golang.org/x/text/encoding/simplifiedchinese"

	"duijie/internal/pack"
	"duijie/mapping"
	"duijie/schemas"
)

func startL5Test(t *testing.T, o LocalOptions) *l5 {
	t.Helper()
	if o.Unit == "" {
		o.Unit = "650000"
	}
	o.Dir = t.TempDir()
	got, err := StartLocal("L5", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { got.Close() })
	return got.(*l5)
}

// l5Case is a delegated case as the gateway writes it, abridged.
func l5Case(role func(string) string, key, caseNo string, f Facts) string {
	return `<报文 类型="委派" 版本="1.0"><报文编号>` + key + `</报文编号><全国编号>` + caseNo + `</全国编号><当事人列表><当事人 编号="a1" 地位="` + role("applicant") +
		`"></当事人><当事人 编号="r1" 地位="x"></当事人></当事人列表><事实与理由>` + xmlText(f.Facts) + `</事实与理由></报文>`
}

// drop puts a zip into the folder and gives the receipt's end and text.
func (l *l5) drop(t *testing.T, name, document string) (end, text string) {
	t.Helper()
	content, err := l5Zip(document, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(l.root, "in"), name, content); err != nil {
		t.Fatal(err)
	}
	return l.answer(t, name)
}

func (l *l5) answer(t *testing.T, name string) (end, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		for _, end := range []string{".ok", ".err"} {
			if b, err := os.ReadFile(filepath.Join(l.root, "in", name+end)); err == nil {
				return end, strings.TrimSpace(string(b))
			}
		}
	}
	t.Fatalf("no receipt of %s", name)
	return "", ""
}

func (l *l5) delegate(t *testing.T, name, key, caseNo string, f Facts) (number string) {
	t.Helper()
	end, number := l.drop(t, name, l5Case(func(n string) string { return l.speech.word("role", n) }, key, caseNo, f))
	if end != ".ok" {
		t.Fatalf("receipt %s %s", end, number)
	}
	return number
}

func TestFolderSystemTakesAZipOnceAndSaysItsNumber(t *testing.T) {
	l := startL5Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	number := l.delegate(t, "20261124_000001.zip", "k1", "C1", facts[0])
	if !strings.HasPrefix(number, "XJ") || l.Book().Len() != 1 || !l.Book().Has("C1", "case.delegated") {
		t.Errorf("number %q, %d in the book", number, l.Book().Len())
	}
	if again := l.delegate(t, "20261124_000002.zip", "k1", "C1", facts[0]); again != number || l.Book().Len() != 1 {
		t.Errorf("the same message under another name: number %q, %d in the book", again, l.Book().Len())
	}
	if got, ok := l.Book().Get("k1"); !ok || got.Times != 2 || got.Differs {
		t.Errorf("book: %+v", got)
	}
	waitGone(t, filepath.Join(l.root, "in", "20261124_000001.zip"), filepath.Join(l.root, "in", "20261124_000002.zip"))
}

func waitGone(t *testing.T, paths ...string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for _, p := range paths {
		for _, err := os.Stat(p); err == nil; _, err = os.Stat(p) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is still there", filepath.Base(p))
			}
			time.Sleep(2 * time.Millisecond)
		}
	}
}

func TestFolderSystemRefusesWhatItCannotRead(t *testing.T) {
	l := startL5Test(t, LocalOptions{})
	for name, document := range map[string]string{
		"no-xml.zip":     "报文",
		"no-key.zip":     `<报文 类型="委派"><全国编号>C1</全国编号></报文>`,
		"no-type.zip":    `<报文 类型="办结"><报文编号>k</报文编号><全国编号>C1</全国编号></报文>`,
		"no-subject.zip": `<报文 类型="委派"><报文编号>k</报文编号></报文>`,
	} {
		if end, text := l.drop(t, name, document); end != ".err" || !strings.HasPrefix(text, "E203|") {
			t.Errorf("%s: %s %s", name, end, text)
		}
	}
	named := `<报文 类型="补充材料"><报文编号>k</报文编号><全国编号>C1</全国编号><附件><文件><name>a.txt</name><sha256>` + strings.Repeat("0", 64) + `</sha256></文件></附件></报文>`
	if end, text := l.drop(t, "no-file.zip", named); end != ".err" || !strings.HasPrefix(text, "E204|") {
		t.Errorf("no file: %s %s", end, text)
	}
	if err := write(filepath.Join(l.root, "in"), "no-zip.zip", []byte("PK")); err != nil {
		t.Fatal(err)
	}
	if end, _ := l.answer(t, "no-zip.zip"); end != ".err" || l.Book().Len() != 0 {
		t.Errorf("no zip: %s, %d in the book", end, l.Book().Len())
	}
}

// readSayings plays the gateway: it reads what the system says, in order, until n
// things came, answers each, and gives the words by case.
func (l *l5) readSayings(t *testing.T, n int) (words map[string]string, documents map[string][]byte) {
	t.Helper()
	words, documents = map[string]string{}, map[string][]byte{}
	out := filepath.Join(l.root, "out")
	for deadline := time.Now().Add(20 * time.Second); len(documents) < n; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d sayings, want %d", len(documents), n)
		}
		zips, _ := filepath.Glob(filepath.Join(out, "*.zip"))
		for _, path := range zips {
			d, raw, err := l5Read(path)
			if err != nil {
				t.Fatal(err)
			}
			number, _, _ := strings.Cut(filepath.Base(path), "_")
			words[number] += d.Type + " "
			documents[filepath.Base(path)] = raw
			os.Remove(path)
			if err := write(out, filepath.Base(path)+".ok", []byte("OK receipt\n")); err != nil {
				t.Fatal(err)
			}
		}
	}
	return words, documents
}

func TestFolderClerksWorkEachCaseToItsPublishedEnd(t *testing.T) {
	l := startL5Test(t, LocalOptions{})
	facts, _ := PublishedFacts()
	agreed := l.delegate(t, "1.zip", "k1", "C1", facts[0])
	rejected := l.delegate(t, "2.zip", "k2", "C2", facts[1])
	l.Connect("")
	got, _ := l.readSayings(t, 8)
	if want := "受理 进展 要求补充材料 进展 进展 办结 申请司法确认 "; got[agreed] != want {
		t.Errorf("said %q, want %q", got[agreed], want)
	}
	if got[rejected] != "不予受理 " {
		t.Errorf("said %q", got[rejected])
	}
	waitUntil(t, "accepted", func() bool { return l.Ledger().Len() == 8 && l.Ledger().Open() == 0 })
	if s := l.Ledger().All()[0]; s.Key != Key("650000", "urn:duijie:local:650000:out", s.ID) || s.Receipt != "receipt" {
		t.Errorf("ledger: %+v", s)
	}
}

func waitUntil(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never %s", what)
		}
	}
}

func TestFolderWithdrawalStopsTheWork(t *testing.T) {
	l := startL5Test(t, LocalOptions{Pace: time.Hour})
	facts, _ := PublishedFacts()
	number := l.delegate(t, "1.zip", "k1", "C1", facts[0])
	end, text := l.drop(t, "2.zip", `<报文 类型="撤回"><报文编号>k2</报文编号><全国编号>C1</全国编号></报文>`)
	if end != ".ok" || text != number || !l.clerks.isWithdrawn("C1") || !l.Book().Has("C1", "case.withdrawn") {
		t.Errorf("receipt %s %s", end, text)
	}
}

// TestEverySayingOfTheFoldersIsTheProfiles translates all that both sisters ever
// say by their packs' tables.
func TestEverySayingOfTheFoldersIsTheProfiles(t *testing.T) {
	valid, err := schemas.New()
	if err != nil {
		t.Fatal(err)
	}
	facts, _ := PublishedFacts()
	for _, unit := range []string{"650000", "660000"} {
		_, fsys, _ := pack.Find(unit, nil)
		p, found := pack.Load(unit, fsys, nil)
		if pack.Failed(found) {
			t.Fatalf("pack %s: %v", unit, found)
		}
		speech, err := l5SpeechOf(unit)
		if err != nil {
			t.Fatal(err)
		}
		said := map[string]bool{}
		for i, f := range facts {
			pen := &l5Pen{speech: speech, docket: docket{caseNo: "C1", number: "N1", payer: "r1", payee: "a1", ending: f, nth: i}, prefix: "N1", now: time.Now().In(zone)}
			l5Script(pen)
			for _, s := range pen.out {
				said[s.typ] = true
				program, ok := p.Set.Program(s.typ)
				if !ok {
					t.Fatalf("%s is not mapped", s.typ)
				}
				doc, _, err := program.ToNational(nil, stored(t, s.body), &mapping.Env{IDs: mapping.ListedIDs{Listed: map[string]map[string]string{"case": {"C1": "N1"}}}})
				if err != nil {
					t.Fatalf("%s %s: %v", unit, s.typ, err)
				}
				if items, warnings := valid.Validate(s.typ, doc); len(items)+len(warnings) > 0 {
					t.Errorf("%s %s: %v %v", unit, s.typ, items, warnings)
				}
			}
		}
		if len(said) != len(l5Up) {
			t.Errorf("%s says %d types of %d", unit, len(said), len(l5Up))
		}
	}
}

// stored is a saying's document as the gateway has it: the file that it names
// stands there by its digest.
func stored(t *testing.T, raw []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var document string
	objects := map[string]string{}
	for _, f := range z.File {
		name, err := simplifiedchinese.GB18030.NewDecoder().String(f.Name)
		if err != nil || !f.NonUTF8 && name != "case.xml" {
			t.Fatalf("a name: %v", err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if name == "case.xml" {
			if document, err = simplifiedchinese.GB18030.NewDecoder().String(string(b)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		objects[name] = fmt.Sprintf("<name>%s</name><sha256>%x</sha256><size>%d</size><mediaType>text/plain</mediaType>", strings.TrimPrefix(name, "att/"), sha256.Sum256(b), len(b))
	}
	for name, object := range objects {
		if !strings.Contains(document, "<文件>"+name+"</文件>") {
			t.Errorf("nobody names %s", name)
		}
		document = strings.Replace(document, "<文件>"+name+"</文件>", "<文件>"+object+"</文件>", 1)
	}
	out, err := simplifiedchinese.GB18030.NewEncoder().String(document)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(out)
}

// login connects as a unit does that was told Docking.
func login(t *testing.T, d Docking, address string) (*sftp.Client, error) {
	t.Helper()
	key, err := ssh.ParsePrivateKey([]byte(d.Secrets["ssh"]))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "known")
	if err := os.WriteFile(file, []byte(d.Secrets["known"]), 0o600); err != nil {
		t.Fatal(err)
	}
	known, err := knownhosts.New(file)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := ssh.Dial("tcp", address, &ssh.ClientConfig{User: sshUser, Auth: []ssh.AuthMethod{ssh.PublicKeys(key)}, HostKeyCallback: known, Timeout: 10 * time.Second})
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { conn.Close() })
	return sftp.NewClient(conn)
}

func TestOnlyTheAccountsKeyOpensTheFolders(t *testing.T) {
	l, other := startL5Test(t, LocalOptions{}), startL5Test(t, LocalOptions{})
	c, err := login(t, l.Docking(), l.addr)
	if err != nil {
		t.Fatal(err)
	}
	tmp, name := l.root+"/in/.x.tmp", l.root+"/in/x.txt"
	f, err := c.Create(tmp)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(f, "whole")
	f.Close()
	if err := c.PosixRename(tmp, name); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "whole" {
		t.Errorf("%q, %v", b, err)
	}
	stranger := Docking{Secrets: map[string]string{"ssh": other.key, "known": l.known}}
	if _, err := login(t, stranger, l.addr); err == nil {
		t.Error("another key is let in")
	}
	if _, err := login(t, Docking{Secrets: map[string]string{"ssh": l.key, "known": other.known}}, l.addr); err == nil {
		t.Error("another host key passes")
	}
	if !strings.HasPrefix(l.URL(), "sftp://"+sshUser+"@"+l.addr+"/") {
		t.Errorf("URL %s", l.URL())
	}
}

func TestFaultsOfTheLine(t *testing.T) {
	t.Run("a key is refused at first", func(t *testing.T) {
		l := startL5Test(t, LocalOptions{Fault: "unauthorised"})
		failed := 0
		for range 5 {
			if _, err := login(t, l.Docking(), l.addr); err != nil {
				failed++
			}
		}
		if failed != 2 {
			t.Errorf("%d of 5 refused, want 2", failed)
		}
	})
	t.Run("a line breaks after some bytes", func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer ours.Close()
		f := &frail{Conn: theirs, left: 3}
		go ours.Write([]byte("abcdef"))
		if b, err := io.ReadAll(io.LimitReader(f, 10)); err == nil || len(b) < 3 {
			t.Errorf("read %q, %v", b, err)
		}
	})
	t.Run("refused for good", func(t *testing.T) {
		l := startL5Test(t, LocalOptions{Fault: "permanent", Seed: 1})
		facts, _ := PublishedFacts()
		refused := 0
		for i := range 200 {
			end, text := l.drop(t, fmt.Sprintf("%d.zip", i), l5Case(func(string) string { return "x" }, fmt.Sprint("k", i), fmt.Sprint("C", i), facts[0]))
			if end == ".err" && strings.HasPrefix(text, "E201|") {
				refused++
			}
		}
		if refused != 3 || l.Book().Len() != 197 {
			t.Errorf("%d refused, %d in the book", refused, l.Book().Len())
		}
	})
	t.Run("everything twice", func(t *testing.T) {
		l := startL5Test(t, LocalOptions{Fault: "double-ack"})
		facts, _ := PublishedFacts()
		number := l.delegate(t, "1.zip", "k1", "C1", facts[1])
		l.Connect("")
		for _, want := range []string{"不予受理 ", "不予受理 "} {
			if got, _ := l.readSayings(t, 1); got[number] != want {
				t.Errorf("said %q", got[number])
			}
		}
		if l.Ledger().Len() != 1 {
			t.Error("the ledger counts a repeat as another message")
		}
	})
}

func TestFolderSystemEndsAndLeavesNothingOfItsOwn(t *testing.T) {
	got, err := StartLocal("L5", LocalOptions{Pace: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	l := got.(*l5)
	facts, _ := PublishedFacts()
	l.delegate(t, "1.zip", "k1", "C1", facts[0])
	done := make(chan error, 1)
	go func() { done <- l.Close() }()
	select {
	case err := <-done:
		if _, there := os.Stat(l.ours); err != nil || there == nil {
			t.Errorf("err %v, folder still there: %v", err, there == nil)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("still running")
	}
}
