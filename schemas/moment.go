package schemas

// isDate says that text surely is a date of RFC 3339: what package time takes.
func isDate(text []byte) bool {
	if len(text) != len("2026-11-20") || text[4] != '-' || text[7] != '-' {
		return false
	}
	century, year, month, day := two(text), two(text[2:]), two(text[5:]), two(text[8:])
	if century > 99 || year > 99 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := 31
	switch month {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year != 0 || century%4 == 0) {
			days = 29
		}
	}
	return day <= days
}

// isTime says that text surely is a time as ParseTime takes it. More than
// nanoseconds is left to that.
func isTime(text []byte) bool {
	const day, whole = len("2026-11-20"), len("2026-11-20T09:00:00")
	if len(text) <= whole || !isDate(text[:day]) || text[10] != 'T' || text[13] != ':' || text[16] != ':' {
		return false
	}
	if two(text[11:]) > 23 || two(text[14:]) > 59 || two(text[17:]) > 59 {
		return false
	}
	zone := text[whole:]
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && '0' <= zone[n] && zone[n] <= '9' {
			n++
		}
		if n == 1 || n > len(".123456789") {
			return false
		}
		zone = zone[n:]
	}
	if len(zone) == 1 {
		return zone[0] == 'Z'
	}
	return len(zone) == len("+08:00") && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':' && two(zone[1:]) <= 23 && two(zone[4:]) <= 59
}

// two reads two digits; more than 99 for anything else.
func two(b []byte) int {
	tens, ones := b[0]-'0', b[1]-'0'
	if tens > 9 || ones > 9 {
		return 100
	}
	return int(tens)*10 + int(ones)
}
