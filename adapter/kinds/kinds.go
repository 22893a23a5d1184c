// Package kinds is the one list of adapter kinds. Reading it is knowing what
// exists; a new kind is one line here and nothing else outside its own folder.
package kinds

import (
	"duijie/adapter"
	"duijie/adapter/file"
	"duijie/adapter/http"
	"duijie/adapter/poll"
	"duijie/adapter/pull"
	"duijie/adapter/push"
	"duijie/adapter/soap"
	"duijie/adapter/sql"
)

// All lists every kind.
func All() []adapter.Kind {
	return []adapter.Kind{file.Kind, http.Kind, poll.Kind, pull.Kind, push.Kind, soap.Kind, sql.Kind}
}

// Find gives the kind of a name.
func Find(name string) (adapter.Kind, bool) {
	for _, k := range All() {
		if k.Name == name {
			return k, true
		}
	}
	return adapter.Kind{}, false
}
