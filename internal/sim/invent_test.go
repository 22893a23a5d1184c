package sim

import "testing"

func TestInventedNumbersHaveTheCheckDigitsOfTheStandards(t *testing.T) {
	// The examples of GB 11643 and of a published credit code.
	if got := idCheck("11010519491231002"); got != "X" {
		t.Errorf("check digit of the standard's example = %s, want X", got)
	}
	if got := usccCheck("91350100M000100Y4"); got != "3" {
		t.Errorf("check digit of the standard's example = %s, want 3", got)
	}
}
