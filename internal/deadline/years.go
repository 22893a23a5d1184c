package deadline

import "time"

// Published are the years that are built in, as the State Council's General Office
// published them. A year is added when its notice is there, never before.
func Published() map[int]Year {
	return map[int]Year{
		// 国务院办公厅关于2026年部分节假日安排的通知, 国办发明电〔2025〕7号, 2025-11-04
		// (https://www.gov.cn/zhengce/content/202511/content_7047090.htm).
		2026: {
			Holidays: spans(
				"2026-01-01", "2026-01-03", // 元旦
				"2026-02-15", "2026-02-23", // 春节
				"2026-04-04", "2026-04-06", // 清明节
				"2026-05-01", "2026-05-05", // 劳动节
				"2026-06-19", "2026-06-21", // 端午节
				"2026-09-25", "2026-09-27", // 中秋节
				"2026-10-01", "2026-10-07", // 国庆节
			),
			Workdays: []string{"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"},
		},
	}
}

// spans are the days from each first to its last.
func spans(ends ...string) []string {
	var out []string
	for i := 0; i+1 < len(ends); i += 2 {
		day, err := time.Parse(time.DateOnly, ends[i])
		for last := ends[i+1]; err == nil && day.Format(time.DateOnly) <= last; day = day.AddDate(0, 0, 1) {
			out = append(out, day.Format(time.DateOnly))
		}
	}
	return out
}
