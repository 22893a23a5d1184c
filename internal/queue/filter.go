package queue

import "slices"

// Matches tells whether a delivery passes all of the filter but Query and the cursors.
func (f Filter) Matches(d *Delivery) bool {
	return (len(f.Units) == 0 || slices.Contains(f.Units, d.Unit)) &&
		(f.State == "" || d.State == f.State) &&
		(f.Type == "" || d.Type == f.Type) &&
		(f.Subject == "" || d.Subject == f.Subject || d.Lane == "n:"+f.Subject) &&
		(f.Direction == "" || d.Direction == f.Direction) &&
		(f.Reason == "" || d.Reason != nil && d.Reason.Code == f.Reason) &&
		(f.Mark == "" || slices.Contains(d.Marks, f.Mark)) &&
		(f.Since.IsZero() || !d.AcceptedAt.Before(f.Since)) &&
		(f.Until.IsZero() || d.AcceptedAt.Before(f.Until))
}
