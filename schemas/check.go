package schemas

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"duijie/internal/problem"
)

// check is the dictionary's "Checks beyond JSON Schema". It runs whether or not
// the schema held, so it trusts no type and passes over what is not there.
type check struct {
	typ             string
	items, warnings []problem.Item
	parties         map[string]bool // nil where the message carries none
}

func (c *check) run(tree any) {
	root, ok := tree.(map[string]any)
	if !ok {
		return
	}
	if list, ok := root["parties"].([]any); ok {
		c.parties = map[string]bool{}
		for _, p := range list {
			c.parties[text(p, "id")] = true
		}
	}
	c.expected(root)
	c.cause(root)
	c.walk("/data", "", root)
}

// walk applies to every object the checks that hold wherever their fields stand.
// name is the field that the value belongs to.
func (c *check) walk(at, name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		c.order(at, v)
		c.references(at, name, v)
		c.numbers(at, v)
		for key, m := range v { // in any order: findings are sorted in the end
			if nests(m) && key != "ext" && showable(key) {
				c.walk(at+"/"+escape(key), key, m)
			}
		}
	case []any:
		c.duplicates(at, name, v)
		for i, e := range v {
			if !nests(e) {
				continue
			}
			c.walk(at+"/"+strconv.Itoa(i), name, e)
		}
	}
}

// order holds beginnings before ends.
func (c *check) order(at string, v map[string]any) {
	for _, pair := range [...][2]string{{"from", "to"}, {"startAt", "endAt"}, {"signedAt", "effectiveAt"}} {
		if v[pair[1]] == nil {
			continue
		}
		first, ok1 := moment(text(v, pair[0]))
		second, ok2 := moment(text(v, pair[1]))
		if ok1 && ok2 && second.Before(first) {
			c.fail(at+"/"+pair[1], "order", "before "+pair[0])
		}
	}
}

// references hold that who is named is among the message's parties.
func (c *check) references(at, name string, v map[string]any) {
	if c.parties == nil {
		return
	}
	named := nameOfParty(name)
	if id := text(v, named); id != "" && !c.parties[id] {
		c.fail(at+"/"+named, "reference", "names no party of the message")
	}
	if list, ok := v["representatives"].([]any); ok {
		for i, e := range list {
			if id, ok := e.(string); ok && !c.parties[id] {
				c.fail(at+"/representatives/"+strconv.Itoa(i), "reference", "names no party of the message")
			}
		}
	}
}

// numbers holds identity and credit numbers to their check digits.
func (c *check) numbers(at string, v map[string]any) {
	if n := text(v, "idNumber"); n != "" && text(v, "idType") == "resident" {
		switch {
		case oldResident(n):
			c.warn(at+"/idNumber", "id-number-15", "a number of 15 digits")
		case !resident(n):
			c.fail(at+"/idNumber", "id-number", "no resident identity number")
		default:
			if b := text(v, "birthday"); b != "" && b != birthday(n) {
				c.fail(at+"/idNumber", "id-number", "another birthday than birthday")
			}
		}
	}
	if n := text(v, "uscc"); n != "" && !creditCode(n) {
		c.warn(at+"/uscc", "uscc", "wrong check digit")
	}
}

// duplicates holds ids and numbers in a list apart.
func (c *check) duplicates(at, name string, list []any) {
	field := identifier(name)
	if field == "" {
		return
	}
	seen := make(map[string]bool, len(list))
	for i, e := range list {
		id := text(e, field)
		if id != "" && seen[id] {
			c.fail(at+"/"+strconv.Itoa(i)+"/"+field, "duplicate", "stands twice in the list")
		}
		seen[id] = true
	}
}

// expectation is a member that its neighbour makes expected: where field says value.
type expectation struct{ within, field, value, member, detail string }

var expectations = map[string]expectation{
	"case.closed":           {"", "reason", "agreed", "agreement", "an agreed end has an agreement"},
	"case.dossier.supplied": {"closing", "reason", "agreed", "agreement", "an agreed end has an agreement"},
	"av.session.changed":    {"", "change", "moved", "startAt", "a moved session has a new time"},
}

// path is where a member stands, counted from the message's data.
func (e expectation) path(name string) string {
	if e.within == "" {
		return name
	}
	return e.within + "." + name
}

// expected warns of fields that their neighbours make expected.
func (c *check) expected(root map[string]any) {
	e, ok := expectations[c.typ]
	at, object := "/data/", root
	if e.within != "" {
		at += e.within + "/"
		object, _ = root[e.within].(map[string]any)
	}
	if _, there := object[e.member]; ok && !there && text(object, e.field) == e.value {
		c.warn(at+e.member, "expected", e.detail)
	}
}

// cause warns of a code outside its edition and an edition outside its time:
// 民事案件案由规定, edition 2021 (labour items 186–192), edition 2026 (205–216, in force 2026-01-01).
func (c *check) cause(root map[string]any) {
	cause, ok := root["cause"].(map[string]any)
	if !ok {
		return
	}
	edition, code := text(cause, "edition"), text(cause, "code")
	if edition != "" && code != "" && !labourItem(edition, code) {
		c.warn("/data/cause/code", "cause", "not among the edition's labour items")
	}
	for _, field := range []string{"filedAt", "delegatedAt", "registeredAt"} {
		t, ok := ParseTime(text(root, field))
		if !ok {
			continue
		}
		if edition != "" && !inForce(edition, t) {
			c.warn("/data/cause/edition", "cause", "not the edition in force at "+field)
		}
		return
	}
}

// labourItem says that a code is one of the edition's labour items.
func labourItem(edition, code string) bool {
	lowest, highest := 186, 192
	if edition == "2026" {
		lowest, highest = 205, 216
	}
	digits := len(code) - len(strings.TrimLeft(code, "0123456789"))
	n, err := strconv.Atoi(code[:digits])
	return err == nil && lowest <= n && n <= highest
}

// inForce says that an edition is the one in force at a time.
func inForce(edition string, t time.Time) bool {
	newer := !t.Before(time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC)) // 2026-01-01 in Asia/Shanghai
	return newer == (edition == "2026")
}

func (c *check) fail(at, code, detail string) {
	c.items = append(c.items, problem.Item{Pointer: at, Code: code, Detail: detail})
}

func (c *check) warn(at, code, detail string) {
	c.warnings = append(c.warnings, problem.Item{Pointer: at, Code: code, Detail: detail})
}

// text gives a member that is a string or a number, "" for anything else.
func text(v any, name string) string {
	object, _ := v.(map[string]any)
	switch s := object[name].(type) {
	case string:
		return s
	case json.Number:
		return string(s)
	}
	return ""
}

// moment reads a time or a date.
func moment(s string) (time.Time, bool) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, true
	}
	return ParseTime(s)
}

func nests(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}
