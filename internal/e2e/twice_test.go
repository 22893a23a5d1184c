package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestPeerThatAnswersUnaskedIsNotQuotedInLogs has a local system that says everything
// twice on a connection that is kept, the second time a moment later. The HTTP
// library logs that, with the words; they are full of names, and none is in our log.
func TestPeerThatAnswersUnaskedIsNotQuotedInLogs(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	defer l.Close()
	calls.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			calls.Go(func() { answerTwice(c) })
		}
	})
	g := newGateway(t, l.Addr().String(), "127.0.0.1:1")
	g.start()
	client := &http.Client{Timeout: 5 * time.Second}
	said := func() string {
		text, err := os.ReadFile(g.log.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for n := 0; !strings.Contains(said(), "Unsolicited response"); n++ {
		if n == 100 {
			t.Fatal("the library did not notice")
		}
		res, err := post(client, "http://"+g.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", fmt.Sprint("T", n)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		time.Sleep(50 * time.Millisecond) // the connection is idle when it says it again
	}
	g.kill() // what it had to say is said
	if strings.Contains(said(), "张三") || strings.Contains(said(), `\u5f20`) || strings.Contains(said(), "L-T") {
		t.Errorf("the log quotes a peer:\n%s", said())
	}
}

// answerTwice answers each request of a connection, and a moment later once more.
func answerTwice(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		body := `{"ok":true,"no":"L-T","msg":"张三（虚构）"}`
		answer := fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}
