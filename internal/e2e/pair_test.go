package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"duijie/internal/sim"
	"duijie/internal/sm"
)

// The platform's side of a 网闸: a pack whose local system is a pair of folders
// that hold the events themselves.
const relayPack = `unit: "990000"
name: 网闸外侧（虚构）
profile: v1
codec: {format: json, charset: UTF-8}
sink:
  kind: file
  settings: {root: /placeholder}
  routes: {case.delegated: {dir: down, name: "{key}.json", receipt: {dir: down, ok: "{name}.ok", error: "{name}.err", every: 50ms}}}
  ack: [{when: 'name endsWith ".ok"', ack: {}}, {when: 'name endsWith ".err"', hold: {detail: text}}]
source:
  kind: file
  settings: {root: /placeholder}
  reads: [{type: {from: body.type, values: {case.progress: case.progress}}, dir: up, match: "*.json", dedupe: body.id, every: 50ms, stable: 100ms, work: up/work, done: up/done, bad: up/bad}]
retry: {initial: 100ms, max: 1s, multiplier: 2, jitter: 0.3}
`

const relayDown = `mapping: case.delegated
local: weipai
direction: to-local
rules:
  - {loc: specversion, const: "1.0", why: 信封}
  - {loc: id, computed: env.key, direction: to-local, why: 信封}
  - {loc: source, const: "urn:outside:platform", why: 信封}
  - {loc: type, const: case.delegated, why: 信封}
  - {loc: unit, computed: env.unit, direction: to-local, why: 信封}
  - {nat: caseNo, loc: subject}
  - {nat: delegatedAt, loc: time}
  - {nat: caseNo, loc: data.caseNo}
  - {nat: delegation, loc: data.delegation}
  - {nat: court.code, loc: data.court.code}
  - {nat: court.name, loc: data.court.name}
  - {nat: cause.code, loc: data.cause.code}
  - {nat: cause.edition, loc: data.cause.edition}
  - {nat: cause.name, loc: data.cause.name}
  - {nat: category, loc: data.category}
  - {nat: delegatedAt, loc: data.delegatedAt}
  - {nat: consentAt, loc: data.consentAt}
  - {nat: "parties[*]", loc: "data.parties[*]", each: [{nat: id, loc: id}, {nat: role, loc: role}, {nat: kind, loc: kind}, {nat: name, loc: name}, {nat: "*", drop: to-local, why: 试验}]}
  - {nat: "claims[*]", loc: "data.claims[*]", each: [{nat: no, loc: no}, {nat: type, loc: type}, {nat: text, loc: text}, {nat: "*", drop: to-local, why: 试验}]}
  - {nat: facts, loc: data.facts}
  - {nat: "*", drop: to-local, why: 试验}
`

const relayUp = `mapping: case.progress
local: jinzhan
direction: to-national
rules:
  - {nat: caseNo, loc: data.caseNo}
  - {nat: kind, loc: data.kind}
  - {nat: at, loc: data.at}
  - {loc: "*", drop: to-national, why: 信封}
`

const envelopeProperties = `"specversion":{"type":"string"},"id":{"type":"string"},"source":{"type":"string"},"type":{"type":"string"},"subject":{"type":"string"},"time":{"type":"string"},"unit":{"type":"string"}`

const relayDownSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["specversion","id","source","type","subject","time","unit","data"],"additionalProperties":false,
"properties":{` + envelopeProperties + `,"data":{"type":"object","required":["caseNo","delegation","court","cause","category","delegatedAt","consentAt","parties","claims","facts"],"additionalProperties":false,"properties":{
"caseNo":{"type":"string"},"delegation":{"type":"string"},"category":{"type":"string"},"delegatedAt":{"type":"string"},"consentAt":{"type":"string"},"facts":{"type":"string"},
"court":{"type":"object","required":["code","name"],"additionalProperties":false,"properties":{"code":{"type":"string"},"name":{"type":"string"}}},
"cause":{"type":"object","required":["code","edition","name"],"additionalProperties":false,"properties":{"code":{"type":"string"},"edition":{"type":"string"},"name":{"type":"string"}}},
"parties":{"type":"array","items":{"type":"object","required":["id","role","kind","name"],"additionalProperties":false,"properties":{"id":{"type":"string"},"role":{"type":"string"},"kind":{"type":"string"},"name":{"type":"string"}}}},
"claims":{"type":"array","items":{"type":"object","required":["no","type","text"],"additionalProperties":false,"properties":{"no":{"type":"integer"},"type":{"type":"string"},"text":{"type":"string"}}}}}}}}`

const relayUpSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["id","type","data"],"additionalProperties":false,
"properties":{` + envelopeProperties + `,"data":{"type":"object","required":["caseNo","kind","at"],"additionalProperties":false,"properties":{"caseNo":{"type":"string"},"kind":{"type":"string"},"at":{"type":"string","format":"date-time"}}}}}`

// newRelay is the gateway on the platform's side.
func newRelay(t *testing.T, platform *sim.National, exchange string) *gateway {
	t.Helper()
	g := &gateway{t: t, dir: t.TempDir(), public: freePort(t), admin: freePort(t)}
	write(t, g.dir, "sender.key", "whsec_"+base64.StdEncoding.EncodeToString(senderKey)+"\n")
	write(t, g.dir, "duijie.yaml", fmt.Sprintf(`listen: %s
admin: %s
data: ./data
packs: [./packs]
national: {url: "%s", source: "urn:duijie:gateway:relay", sign: {scheme: v1, key: "file:sender.key"}, retry: {initial: 100ms, max: 1s}}
senders: [{source: "urn:outside:platform", verify: {scheme: v1, key: "file:sender.key"}, units: ["*"]}]
units: [{code: "990000", pack: relay, mode: docked, settings: {root: "%s"}}]
limits: {diskFree: 0}
`, g.public, g.admin, platform.MessagesURL(), exchange))
	write(t, g.dir, "packs/relay/pack.yaml", relayPack)
	write(t, g.dir, "packs/relay/mappings/case.delegated.yaml", relayDown)
	write(t, g.dir, "packs/relay/mappings/case.progress.yaml", relayUp)
	write(t, g.dir, "packs/relay/schemas/weipai.json", relayDownSchema)
	write(t, g.dir, "packs/relay/schemas/jinzhan.json", relayUpSchema)
	t.Cleanup(func() {
		if g.cmd != nil {
			g.kill()
			g.keepLog()
		}
	})
	return g
}

// TestCaseCrossesAPairOfGateways sends cases through a gateway on the platform's
// side, folders, and a gateway on the province's side, and progress back, while
// both are killed. Each message arrives once under its key, and each is
// acknowledged at the far end's word: the receipt file.
func TestCaseCrossesAPairOfGateways(t *testing.T) {
	const cases = 20
	platform, err := sim.StartNational(sim.NationalOptions{Gateway: sim.Signer{Scheme: sm.V1, Key: "whsec_" + base64.StdEncoding.EncodeToString(senderKey)}})
	if err != nil {
		t.Fatal(err)
	}
	defer platform.Close()
	var mu sync.Mutex
	took := map[string]map[string]bool{} // keys by case
	local := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var doc struct{ Anhao string }
		if err != nil || json.Unmarshal(b, &doc) != nil {
			w.WriteHeader(400)
			return
		}
		mu.Lock()
		if took[doc.Anhao] == nil {
			took[doc.Anhao] = map[string]bool{}
		}
		took[doc.Anhao][r.Header.Get("X-Once")] = true
		mu.Unlock()
		fmt.Fprintf(w, `{"ok":true,"no":"L-%s"}`, doc.Anhao)
	}))
	defer local.Close()
	exchange := t.TempDir()
	province := newGateway(t, strings.TrimPrefix(local.URL, "http://"), "127.0.0.1:1")
	behindGap(t, province, exchange)
	province.start() // before the other looks for free ports
	relay := newRelay(t, platform, exchange)
	relay.start()
	client := &http.Client{Timeout: 10 * time.Second}
	var receipts []string
	for i := range cases {
		for {
			res, err := post(client, "http://"+relay.public+"/v1/messages", "application/cloudevents+json", eventOf("case.delegated", fmt.Sprint("P", i)))
			if err == nil {
				b, _ := io.ReadAll(res.Body) // a cut answer is asked for again
				res.Body.Close()
				var a struct{ Receipt string }
				if (res.StatusCode == 202 || res.StatusCode == 200) && json.Unmarshal(b, &a) == nil {
					receipts = append(receipts, a.Receipt)
					break
				}
			}
			time.Sleep(20 * time.Millisecond)
		}
		switch i {
		case cases / 3:
			relay.kill()
			relay.start()
		case 2 * cases / 3:
			province.kill()
			province.start()
		}
	}
	told(t, "all cases are in the province", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(took) == cases
	})
	mu.Lock()
	for caseNo, keys := range took {
		if len(keys) != 1 {
			t.Errorf("%s came under %d keys", caseNo, len(keys))
		}
	}
	mu.Unlock()
	for _, receipt := range receipts {
		told(t, "the platform's side has the receipt", func() bool {
			res, err := signedGet(client, relay.public, "/v1/messages/"+receipt)
			if err != nil {
				return false
			}
			defer res.Body.Close()
			var d struct{ State string }
			return json.NewDecoder(res.Body).Decode(&d) == nil && d.State == "acked"
		})
	}
	for i := range cases {
		body := fmt.Sprintf(`{"lsh":"S%d","ajh":"L-P%d","lb":"1","sj":"2026-11-21 10:00:00"}`, i, i)
		res, err := client.Post("http://"+province.public+"/local/990000/progress", "application/json", strings.NewReader(body))
		if err != nil || res.StatusCode != 200 {
			t.Fatal(res, err)
		}
		res.Body.Close()
	}
	relay.kill()
	relay.start()
	seen := func() (subjects, all int) {
		by := map[string]bool{}
		for _, one := range platform.Book().All() {
			if one.Type == "case.progress" {
				by[one.Subject] = true
				all++
			}
		}
		return len(by), all
	}
	told(t, "the platform has all progress", func() bool { n, _ := seen(); return n == cases })
	if _, all := seen(); all != cases {
		t.Errorf("%d messages of %d cases", all, cases)
	}
	if bad := carried(filepath.Join(exchange, "down", "bad"), ".json"); len(bad) > 0 {
		t.Errorf("refused: %v", bad)
	}
}
