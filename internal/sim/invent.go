package sim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// idNumber invents a resident's number (居民身份证号) with a valid check digit
// (GB 11643, ISO 7064 MOD 11-2) that fits the birthday.
func idNumber(r *rand.Rand, region string, birthday time.Time) string {
	body := fmt.Sprintf("%s%s%03d", region, birthday.Format("20060102"), r.IntN(1000))
	return body + idCheck(body)
}

// idCheck is the check digit of 17 digits.
func idCheck(body string) string {
	sum := 0
	for i := range len(body) {
		sum = (sum + int(body[i]-'0')) * 2 % 11
	}
	return []string{"1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"}[sum]
}

const usccDigits = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// uscc invents a unified social credit code (统一社会信用代码, GB 32100) with a
// valid check digit.
func uscc(r *rand.Rand, region string) string {
	body := "91" + region
	for len(body) < 17 {
		body += string(usccDigits[r.IntN(10)])
	}
	return body + usccCheck(body)
}

// usccCheck is the check digit MOD 31 of 17 characters.
func usccCheck(body string) string {
	sum, weight := 0, 1
	for i := range len(body) {
		sum += weight * indexOf(usccDigits, body[i])
		weight = weight * 3 % 31
	}
	return string(usccDigits[(31-sum%31)%31])
}

func indexOf(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return 0
}

// phone invents a mobile number in a range that no carrier has given out.
func phone(r *rand.Rand) string { return fmt.Sprintf("1000%07d", r.IntN(10_000_000)) }

// birthday invents one of a person of working age.
func birthday(r *rand.Rand) time.Time {
	return time.Date(1965+r.IntN(35), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, zone)
}
