package main

// entry is one line of the dictionary: a name and its fields.
//
// Fields are separated by " · ". A field is NAME FLAGS TYPE; the flag ! says
// required, ~ says sensitive (masked wherever a document is shown). Types are
// the primitives below, str(n) and text(n), a|b for a code list, [T] with
// optional bounds [T]2.. or [T]3..5 for a list, {…} for an object in place, an
// object's name for a shared object, and Name+field for a shared object in which
// field is required too. "@Name" takes over the fields of a shared object,
// "@Name-a,b" all but those.
type entry struct{ name, fields string }

// primitives are the scalar types that become $defs, with their schemas.
func primitives() []kv {
	return []kv{
		{"id", obj{{"type", "string"}, {"maxLength", 64}, {"pattern", "^[A-Za-z0-9][A-Za-z0-9._:-]*$"}}},
		{"str", obj{{"type", "string"}, {"maxLength", 200}}},
		{"time", obj{{"type", "string"}, {"format", "date-time"}}},
		{"date", obj{{"type", "string"}, {"format", "date"}}},
		{"month", obj{{"type", "string"}, {"pattern", "^[0-9]{4}-((0[1-9]|1[0-2])|Q[1-4])$"}}},
		{"money", obj{{"type", "string"}, {"pattern", `^(0|[1-9][0-9]{0,13})(\.[0-9]{1,2})?$`}}},
		{"int", obj{{"type", "integer"}, {"minimum", 0}}},
		{"bool", obj{{"type", "boolean"}}},
		{"sha256", obj{{"type", "string"}, {"pattern", "^[0-9a-f]{64}$"}}},
		{"region", obj{{"type", "string"}, {"pattern", "^([0-9]{6}|[0-9]{9}|[0-9]{12})$"}}},
		{"textRow", obj{{"type", "object"}, {"additionalProperties", obj{{"type", "string"}, {"maxLength", 200}}}}},
		// What the dispute is about: 劳动报酬, 加班费, 解除终止, 经济补偿, 工伤待遇, 社会保险,
		// 确认劳动关系, 劳动合同, 竞业限制, 休息休假, 培训服务期, 人事争议, 新就业形态, 其他.
		{"category", codes("wage|overtime|termination|compensation|injury|insurance|relation|contract|noncompete|leave|training|personnel|platform|other")},
		// The eight ends of online mediation, 法释〔2021〕23号 art. 25.
		{"closingReason", codes("agreed|settled|unreachable|declined|deadlocked|expired|unsigned|other")},
		{"rejectReason", codes("notOurs|noCapacity|contactFailed|partyRefused|incomplete|other")},
		{"materialType", codes("application|identity|evidence|poa|agreement|record|judgment|other")},
	}
}

// objects are the shared objects, in the order of the dictionary.
func objects() []entry {
	return []entry{
		{"Court", "code! id · name! str · judge~ str(50) · phone~ str(40)"},
		{"Org", "code id · name! str · district region"},
		{"Cause", "code id · edition 2021|2026 · name! str · raw str"},
		{"Address", "region region · detail~ str(300)"},
		{"Employment", "from date · to date · post~ str(100) · monthlyWage~ money · contract written|oral|none"},
		{"Party", "id! id · role! applicant|respondent|third · kind! person|org · name~! str · " +
			"idType resident|passport|hkmo|taiwan|foreignPermanent|other · idNumber~ str(40) · gender~ male|female|unknown · birthday~ date · nation~ str(40) · " +
			"phone~ str(40) · address~ Address · serviceAddress~ str(300) · serviceConsent bool · " +
			"uscc~ str(18) · legalRep~ str(50) · orgKind enterprise|individualBusiness|publicInstitution|government|socialOrg|other · industry str(100) · " +
			"employment Employment"},
		{"Agent", "id! id · forParty! id · kind! lawyer|legalWorker|relative|employee|union|other · name~! str · idNumber~ str(40) · phone~ str(40) · firm~ str · authority! general|special"},
		{"Claim", "no! int · type! category · text~! text(2000) · amount~ money · from date · to date"},
		{"Material", "id! id · type! materialType · name~! str · sha256! sha256 · size! int · mediaType! str(100) · forParty id"},
		{"Collective", "count! int · representatives [id]3..5 · tier county|city|province"},
		{"MediatorRef", "id id · name~! str · phone~ str(40)"},
		{"AgreementItem", "party! id · to id · kind! pay|deliver|do|apologise|other · amount~ money · dueAt date · text~ text(1000)"},
		{"Agreement", "agreementNo id · signedAt! time · effectiveAt! time · items! [AgreementItem]1.. · fulfilled yes|part|no · material Material"},
		{"Session", "startAt! time · endAt time · place~ str · mode onsite|av|phone"},
		{"Participant", "party id · mediator id · name~! str · role! applicant|respondent|third|agent|mediator · joinUrl~ str(500) · device~ str(100)"},
		{"Consent", "party! id · consentAt! time"},
		{"Handling", "acceptedAt! time · closedAt! time · mediators! [MediatorRef]1.. · sessions int · summary~ text(5000)"},
		{"Case", "caseNo! id · courtCaseNo str(64) · delegation! pre|post · procedure ordinary|summary|none · court! Court · cause! Cause · category! category · " +
			"filedAt time · delegatedAt! time · consentAt! time · org Org · parties! [Party]2..5100 · agents [Agent] · claims! [Claim]1.. · facts~! text(20000) · " +
			"amount~ money · collective Collective · materials [Material] · remark~ text(2000)"},
		{"Closing", "closedAt! time · reason! closingReason · agreement Agreement · mediators! [MediatorRef]1.. · sessions int · next confirmation|paper|review|litigation|none · remark~ text(2000)"},
		{"MediationOrg", "code! id · name! str · level township|street|county|city|province · residence {since! date · state! resident|left} · " +
			"kind! people|enterprise|industry|department|union|court|other · unit! id · district region · address~ str(300) · phone~ str(40) · head~ str(50) · mediators int"},
		{"Mediator", "id! id · name~! str · org! id · gender~ male|female|unknown · birthYear~ int · idNumber~ str(40) · phone~ str(40) · education~ str(40) · " +
			"specialties [str] · kind full|part|invited · certificateNo~ str(64)"},
		{"Expert", "@Mediator · title str(100) · fields [str] · regions [region]"},
		{"Holder", "kind! department|admin|org|mediator · name~! str · org id"},
		{"Counts", "delegated int · accepted int · rejected int · registered int · withdrawn int · closed int · " +
			"agreed int · settled int · unreachable int · declined int · deadlocked int · expired int · unsigned int · other int · " +
			"confirmed int · papers int · avSessions int · amountAgreed money · workers int · collective int · medianDays int · overdue int · orgs int · mediators int"},
		{"Statistics", "period! month · unit! id · counts! Counts · byCity [{region! region · counts! Counts}] · byCategory [{category! category · counts! Counts}]"},
	}
}

// messages are the data of every message type, in the order of the dictionary.
func messages() []entry {
	const (
		no       = "caseNo! id · "
		apply    = "at! time · agreementNo id · applicants! [Consent]2.. · court! Court · effectiveAt! time · agreementMaterial! Material · handling! Handling"
		decided  = " · decision! confirmed|refused · validUntil date · reason~ text(2000)"
		listed   = "at! time · court! Court · "
		caseless = "@Case-caseNo,courtCaseNo,delegation,court,delegatedAt,consentAt"
	)
	return []entry{
		{"case.delegated", "@Case"},
		{"case.accepted", no + "acceptedAt! time · org! Org · mediators [MediatorRef] · localCaseNo id · due date"},
		{"case.rejected", no + "rejectedAt! time · reason! rejectReason · text~ text(2000)"},
		{"case.withdrawn", no + "withdrawnAt! time · by! court|party|platform · reason~ text(2000)"},
		{"case.reassigned", no + "reassignedAt! time · from! Org · to! Org · reason~ text(2000)"},
		{"case.materials.requested", no + "requestNo! id · at! time · items! [{type! materialType · text~ text(500)}]1.. · dueAt time"},
		{"case.materials.supplied", no + "requestNo id · at! time · materials! [Material]1.."},
		{"case.progress", no + "no int · kind! contacted|scheduled|session|suspended|resumed|note · at! time · text~ text(5000) · session Session"},
		{"case.extension.requested", no + "requestedAt! time · days! int · consents! [Consent]1.. · reason~ text(2000)"},
		{"case.extension.decided", no + "decidedAt! time · granted! bool · newDueAt time · reason~ text(2000)"},
		{"case.closed", no + "@Closing"},
		{"case.registered", "localCaseNo! id · registeredAt! time · " + caseless},
		{"case.registered.receipted", "localCaseNo! id · " + no + "at! time"},
		{"case.escalated", no + "escalatedAt! time · tier! county|city|province · count! int · text~ text(2000)"},
		{"case.dossier.requested", no + "requestNo! id · at! time · purpose! confirmation|paper|other"},
		{"case.dossier.supplied", no + "requestNo id · at! time · handling! Handling · sessions [Session] · closing! Closing · materials [Material]"},
		{"av.session.requested", no + "sessionNo! id · at! time · proposedAt! [time]1.. · participants! [Participant]2.."},
		{"av.session.scheduled", no + "sessionNo! id · at! time · startAt! time · endAt time · participants! [Participant+joinUrl]2.."},
		{"av.session.changed", no + "sessionNo! id · at! time · change! moved|cancelled · startAt time · reason~ text(500)"},
		{"av.session.ended", no + "sessionNo! id · startAt! time · endAt! time · durationS int · recordDigest sha256 · attended [Participant]"},
		{"confirmation.requested", no + apply},
		{"confirmation.decided", no + "agreementNo id · decision! valid|rejected|notAccepted|correct|withdrawn · documentNo str(64) · decidedAt! time · reasons~ text(5000)"},
		{"paper.requested", no + apply},
		{"paper.decided", no + "decision! issued|refused · documentNo str(64) · decidedAt! time · reasons~ text(5000)"},
		{"arbitration.review.reported", no + "agreementNo id · appliedAt! time · commission! str · documentNo str(64) · decidedAt time · result! issued|refused|pending"},
		{"roster.org.submitted", listed + "entry! MediationOrg"},
		{"roster.org.changed", listed + "entry! MediationOrg"},
		{"roster.org.decided", listed + "code! id" + decided},
		{"roster.org.removed", listed + "code! id · reason~ text(2000)"},
		{"roster.mediator.submitted", listed + "entry! Mediator"},
		{"roster.mediator.changed", listed + "entry! Mediator"},
		{"roster.mediator.decided", listed + "id! id" + decided},
		{"roster.mediator.removed", listed + "id! id · reason~ text(2000)"},
		{"roster.digest", listed + "orgs! [{code! id · digest! sha256 · mediators! int}]"},
		{"roster.difference", listed + "differences! [{code! id · kind! missing|extra|changed}]"},
		{"expert.submitted", "at! time · entry! Expert"},
		{"expert.changed", "at! time · entry! Expert"},
		{"expert.decided", "at! time · id! id · by! court|department" + decided},
		{"expert.removed", "at! time · id! id · reason~ text(2000)"},
		{"expert.requested", no + "at! time · fields [str] · count! int · text~ text(2000)"},
		{"expert.assigned", no + "at! time · experts! [Expert]1.."},
		{"account.requested", "requestNo! id · at! time · holder! Holder"},
		{"account.opened", "requestNo id · level county|city|province · via [id] · at! time · account~! id · holder! Holder · activation~ str(200)"},
		{"account.changed", "at! time · account~! id · holder! Holder"},
		{"account.suspended", "at! time · account~! id · reason~ text(500)"},
		{"stats.period.reported", "@Statistics"},
		{"stats.bulletin", "period! month · no id · issuedAt time · issuer str · title! str · text text(20000) · rows [textRow]"},
		{"report.submitted", "reportNo! id · at! time · kind! experience|difficulty · title! str · text~! text(20000) · level county|city|province"},
		{"report.answered", "reportNo! id · at! time · by court|ministry · text~! text(20000)"},
		{"guidance.published", "no! id · at! time · kind! training|guidance|case · title! str · text text(20000) · materials [Material] · audience [str]"},
		{"case.docketed", no + "at! time · courtCaseNo! str(64) · court! Court"},
		{"unit.mode.changed", "unit! id · mode! resident|parallel|docked · since! time · reason~ text(500)"},
		{"delivery.reported", "of! {source! str(500) · id! str(500) · type! str · subject! str} · state! held|cancelled|acked · code id · at! time · text text(500)"},
		{"test.ping", "nonce! id · at! time · text str"},
	}
}
