package schemas

import "testing"

func TestPublishedNumbersHold(t *testing.T) {
	if !resident("11010519491231002X") { // the example of GB 11643
		t.Error("the standard's own example is refused")
	}
	if got := birthday("11010519491231002X"); got != "1949-12-31" {
		t.Errorf("birthday %s", got)
	}
	if !creditCode("9144030071526726XG") { // a listed company's, as published
		t.Error("a published credit code is refused")
	}
	for _, n := range []string{"", "11010519491231002x", "110105194912310021", "1101051949123100２X", "11010519491231002X "} {
		if resident(n) {
			t.Errorf("%q is taken", n)
		}
	}
	for _, n := range []string{"", "9144030071526726XH", "9144030071526726IG", "9144030071526726xG"} {
		if creditCode(n) {
			t.Errorf("%q is taken", n)
		}
	}
}
