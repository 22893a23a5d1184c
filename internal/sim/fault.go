package sim

import (
	"fmt"
	"hash/fnv"
	"sync"
	"time"
)

// Fault is a way of misbehaving that can be asked for by name.
type Fault struct {
	Name string `json:"name"`
	ZH   string `json:"zh"`
	EN   string `json:"en"`
	acts []act
	rate float64 // of requests that meet it
	most int     // faults for one message
	all  int     // faults of the whole run; 0: no bound
}

// act is what is done to one request.
type act int

const (
	behave         act = iota
	refuseRetry        // the peer's own "come again", not taken
	refuseForGood      // the peer's own "never", not taken
	refuseBusiness     // 200 with another business error, not taken
	hang               // never answers, not taken
	lateAnswer         // takes it, answers after the caller has left
	loginPage          // 200 with a page, not taken
	cutAnswer          // takes it, breaks off inside the answer
	errorTaken         // takes it, answers 500
	errorUntaken       // answers 500, not taken
	unavailable        // 503 with Retry-After, not taken
	resetTaken         // takes it, resets the connection
	resetUntaken       // resets the connection, not taken
	unauthorised       // 401, not taken
	sayTwice           // pushes everything twice
)

// Faults is the list of what `--fault` knows, the quiet one first.
func Faults() []Fault {
	return []Fault{
		{Name: "none", ZH: "不出故障", EN: "behaves well"},
		{Name: "default", ZH: "少量拒收与断线，重试后成功", EN: "some refusals, 503s and cut answers, then well",
			acts: []act{unavailable, cutAnswer, errorTaken, resetUntaken}, rate: 0.12, most: 1},
		{Name: "refuse", ZH: "HTTP 200 但业务码 E101（稍后重试），之后成功", EN: "200 with business code E101, later well",
			acts: []act{refuseRetry}, rate: 0.4, most: 2},
		{Name: "permanent", ZH: "业务码 E201，需人工处理", EN: "business code E201 for some messages: needs a person",
			acts: []act{refuseForGood}, rate: 0.05, most: 1 << 20, all: 3},
		{Name: "business-error", ZH: "HTTP 200 但业务错误 E102，错误文本含（虚构的）姓名", EN: "200 with business error E102 whose text carries an invented name",
			acts: []act{refuseBusiness}, rate: 0.4, most: 2},
		{Name: "timeout", ZH: "不应答，未收下", EN: "never answers, did not take it", acts: []act{hang}, rate: 0.1, most: 1},
		{Name: "late-ack", ZH: "收下后超过对方时限才应答", EN: "takes it, answers after the gateway's timeout", acts: []act{lateAnswer}, rate: 0.1, most: 1},
		{Name: "html", ZH: "HTTP 200 返回登录页，未收下", EN: "a login page with 200, did not take it", acts: []act{loginPage}, rate: 0.15, most: 1},
		{Name: "double-ack", ZH: "每条回推重复两次", EN: "says everything twice", acts: []act{sayTwice}, rate: 1, most: 1 << 20},
		{Name: "cut", ZH: "收下后在应答中途断线", EN: "takes it, cuts the line inside the answer", acts: []act{cutAnswer}, rate: 0.15, most: 1},
		{Name: "500", ZH: "HTTP 500，或已收下或未收下", EN: "500, taken or not", acts: []act{errorTaken, errorUntaken}, rate: 0.4, most: 2},
		{Name: "503-retry-after", ZH: "HTTP 503 加 Retry-After", EN: "503 with Retry-After", acts: []act{unavailable}, rate: 0.4, most: 2},
		{Name: "reset", ZH: "连接被重置，或已收下或未收下", EN: "connection reset, taken or not", acts: []act{resetTaken, resetUntaken}, rate: 0.4, most: 2},
		{Name: "unauthorised", ZH: "开头一段时间返回 401", EN: "401 for the first requests", acts: []act{unauthorised}, rate: 1, most: 1, all: 2},
	}
}

// FindFault is the fault of that name; the empty name is none.
func FindFault(name string) (Fault, error) {
	if name == "" {
		name = "none"
	}
	for _, f := range Faults() {
		if f.Name == name {
			return f, nil
		}
	}
	return Fault{}, fmt.Errorf("no fault named %q", name)
}

// unruly decides request by request. It may be used by many goroutines at once.
type unruly struct {
	fault Fault
	seed  uint64
	hold  time.Duration // the longest that hang and lateAnswer wait

	mu    sync.Mutex     // guards the two below
	seen  map[string]int // requests by key
	given map[string]int // faults by key
	all   int            // faults in all
}

func newUnruly(f Fault, seed uint64) *unruly {
	return &unruly{fault: f, seed: seed, hold: time.Minute, seen: map[string]int{}, given: map[string]int{}}
}

// calm is the number of requests for a message after which it meets no new fault.
const calm = 8

// next is what happens to the coming request for that key.
func (u *unruly) next(key string) act {
	if len(u.fault.acts) == 0 || u.twice() {
		return behave
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	n := u.seen[key]
	u.seen[key]++
	if n >= calm && !u.stuck(key) || u.given[key] >= u.fault.most || u.fault.all > 0 && u.all >= u.fault.all && !u.stuck(key) {
		return behave
	}
	// A fault for good must stay one for that message: no new dice for its repeats.
	if !u.stuck(key) && u.dice(key, n, "rate") >= u.fault.rate {
		return behave
	}
	u.given[key]++
	if u.given[key] == 1 || u.fault.acts[0] != refuseForGood {
		u.all++
	}
	return u.fault.acts[int(u.dice(key, n, "act")*float64(len(u.fault.acts)))]
}

// stuck tells whether that message has been refused for good already.
func (u *unruly) stuck(key string) bool { return u.fault.acts[0] == refuseForGood && u.given[key] > 0 }

// twice tells whether everything is to be said twice.
func (u *unruly) twice() bool { return len(u.fault.acts) == 1 && u.fault.acts[0] == sayTwice }

// dice is a number in [0,1) that depends on seed, key, count and purpose only.
func (u *unruly) dice(key string, n int, what string) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d|%s|%d|%s", u.seed, key, n, what)
	x := h.Sum64() // FNV's high bits are weak for short inputs: mix them
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
