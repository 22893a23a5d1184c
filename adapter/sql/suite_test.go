package sql_test

import (
	"testing"

	"duijie/adapter"
	"duijie/adapter/adaptertest"
)

// caseTable is a receiver: a local system whose table takes or refuses rows.
type caseTable struct {
	t testing.TB
	place
}

// Play implements adaptertest.Receiver.
func (c caseTable) Play(a adaptertest.Act) bool {
	switch a {
	case adaptertest.Take:
		return true
	case adaptertest.Gossip:
		c.exec(c.t, "CREATE TRIGGER NO_WAY BEFORE INSERT ON T_IN_PARTY BEGIN SELECT RAISE(ABORT, '张三 510102199001011234 13800138000'); END")
		return true
	}
	return false
}

// Requests implements adaptertest.Receiver.
func (c caseTable) Requests() int { return c.count(c.t, "T_IN_CASE") }

func TestSinkSuite(t *testing.T) {
	m := message("case.delegated")
	m.Document = []byte(`{"T_IN_CASE":[{"AJMC":"张三 510102199001011234"}],"T_IN_PARTY":[{"XH":1,"XM":"13800138000"}]}`)
	adaptertest.RunSink(t, adaptertest.Sink{
		Message: m,
		Open: func(t *testing.T, l adaptertest.Limits, secure bool) (adapter.Sink, adaptertest.Receiver) {
			if secure {
				return nil, nil
			}
			p := newSQLite(t).create(t)
			return p.sink(t, route), caseTable{t, p}
		},
	})
}
