package mapping

// nearest gives the candidate that a person most likely meant; empty where none is near.
func nearest(word string, among []string) string {
	best, bestAt := "", 1+max(2, runes(word)/3)
	for _, c := range among {
		if d := distance([]rune(word), []rune(c), bestAt); d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// distance is the edit distance of two words; transpositions count once.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func hintNearest(word string, among []string) string {
	if n := nearest(word, among); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}
