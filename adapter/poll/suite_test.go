package poll_test

import (
	"fmt"
	"testing"
	"time"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

// polled is the local system's side: what it sees is how far it is asked for.
type polled struct {
	l *list
	m *memory
}

// Offer puts a document on the list; it is taken when the cursor passed it.
func (p polled) Offer(t *testing.T, n int) (bool, string) {
	at := stamp(time.Duration(n) * time.Second)
	one := row{ID: fmt.Sprint("S", n), At: at, Text: "张三 510102199001011234 13800138000"}
	p.l.do(func() {
		for _, r := range p.l.rows {
			if r.ID == one.ID {
				return
			}
		}
		p.l.rows = append([]row{one}, p.l.rows...)
	})
	walked(t, p.l, 3)
	return p.m.cursor() != "", ""
}

// Garbage puts something on the list that cannot be read.
func (p polled) Garbage(t *testing.T) string {
	p.l.add(row{Raw: "{\"xm\":\"张三\xff\",}"})
	walked(t, p.l, 2)
	return ""
}

func TestContract(t *testing.T) {
	adaptertest.RunSource(t, adaptertest.Source{Open: func(t *testing.T, _ adapter.Intake) (adapter.Source, adaptertest.Local) {
		l, m := newList(t, 10), &memory{}
		return open(t, l, since, m, nil), polled{l, m}
	}})
}
