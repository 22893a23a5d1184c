package e2e

import (
	"encoding/base64"
	"fmt"
	"testing"
)

// The outside province: invented, and unlike any built-in one.
const packYAML = `unit: "990000"
name: 外部测试系统（虚构）
profile: v1
codec: {format: json, charset: UTF-8}
sink:
  kind: http
  settings: {url: "http://placeholder.invalid"}
  auth: {kind: none}
  routes:
    "*": {method: POST, path: "/take/{type}"}
  idempotency: {header: X-Once}
  ack:
    - {when: 'status == 200 && body.ok == true', ack: {localRef: body.no}}
    - {when: 'status == 200 && body.ok == false', retry: {after: 100ms}}
source:
  kind: push
  auth: {kind: none}
  endpoints:
    progress: {type: case.progress, dedupe: body.lsh}
retry: {initial: 100ms, max: 1s, multiplier: 2, jitter: 0.3}
limits: {concurrency: 16, timeout: 2s}
`

// mappings keep the case number and a step; the rest is dropped with a reason.
func mappingYAML(messageType, stepPath string) string {
	return fmt.Sprintf(`mapping: %s
local: step
direction: to-local
rules:
  - {nat: caseNo, loc: anhao}
  - {nat: %s, loc: shijian}
  - {nat: "*", drop: to-local, why: 测试系统只记步骤}
`, messageType, stepPath)
}

const stepSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["anhao","shijian"],
"properties":{"anhao":{"type":"string"},"shijian":{"type":"string"}},"additionalProperties":false}`

const progressYAML = `mapping: case.progress
local: jinzhan
rules:
  - {nat: caseNo, loc: ajh, xref: case}
  - {nat: kind, loc: lb, codes: kind}
  - {nat: at, loc: sj, time: {loc: "yyyy-MM-dd HH:mm:ss"}}
  - {loc: lsh, drop: to-national, why: 对方流水号}
`

const progressSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","required":["ajh","lb","sj","lsh"],
"properties":{"ajh":{"type":"string"},"lb":{"type":"string"},"sj":{"type":"string"},"lsh":{"type":"string"}},"additionalProperties":false}`

const kindCodes = "nat,loc,name\ncontacted,1,联系\nscheduled,2,排期\nsession,3,会议\nsuspended,4,中止\nresumed,5,恢复\nnote,6,备注\n"

// newGateway lays out configuration and pack; local and national are addresses.
func newGateway(t *testing.T, local, national string) *gateway {
	t.Helper()
	g := &gateway{t: t, dir: t.TempDir(), public: freePort(t), admin: freePort(t)}
	write(t, g.dir, "sender.key", "whsec_"+base64.StdEncoding.EncodeToString(senderKey)+"\n")
	write(t, g.dir, "duijie.yaml", fmt.Sprintf(`listen: %s
admin: %s
data: ./data
packs: [./packs]
national:
  url: http://%s/v1/messages
  source: urn:duijie:gateway:990000
  sign: {scheme: v1, key: "file:sender.key"}
  retry: {initial: 100ms, max: 1s}
senders:
  - source: urn:outside:platform
    verify: {scheme: v1, key: "file:sender.key"}
    units: ["*"]
units:
  - code: "990000"
    pack: outside
    mode: docked
    settings: {url: "http://%s"}
limits: {diskFree: 0}
`, g.public, g.admin, national, local))
	write(t, g.dir, "packs/outside/pack.yaml", packYAML)
	for typ, path := range map[string]string{"case.delegated": "delegatedAt", "case.materials.requested": "at", "case.extension.decided": "decidedAt",
		"case.docketed": "at", "case.withdrawn": "withdrawnAt"} {
		write(t, g.dir, "packs/outside/mappings/"+typ+".yaml", mappingYAML(typ, path))
	}
	write(t, g.dir, "packs/outside/mappings/case.progress.yaml", progressYAML)
	write(t, g.dir, "packs/outside/schemas/step.json", stepSchema)
	write(t, g.dir, "packs/outside/schemas/jinzhan.json", progressSchema)
	write(t, g.dir, "packs/outside/codes/kind.csv", kindCodes)
	t.Cleanup(func() {
		if g.cmd != nil {
			g.kill()
			g.keepLog()
		}
	})
	return g
}
