package schemas

import "strings"

// resident checks a resident identity number 公民身份号码 (GB 11643): 17 digits and
// a check character by ISO 7064 MOD 11-2, X in upper case.
func resident(n string) bool {
	if len(n) != 18 || !digits(n[:17]) {
		return false
	}
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += int(n[i]-'0') * w
	}
	return n[17] == "10X98765432"[sum%11]
}

// oldResident says that a number has the form of before 1999: 15 digits, no check character.
func oldResident(n string) bool { return len(n) == 15 && digits(n) }

// birthday is the date inside a number that resident accepts.
func birthday(n string) string { return n[6:10] + "-" + n[10:12] + "-" + n[12:14] }

// creditCode checks a unified social credit code 统一社会信用代码 (GB 32100): 18
// characters, the last by weights of powers of 3, MOD 31.
func creditCode(n string) bool {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	if len(n) != 18 {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(alphabet, n[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return n[17] == alphabet[(31-sum%31)%31]
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }
