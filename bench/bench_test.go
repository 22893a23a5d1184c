package main

import (
	"encoding/json"
	"testing"
)

func TestTheMeasuredMessageIsAboutTwoKilobytesOfJSON(t *testing.T) {
	b := message(7)
	if !json.Valid(b) {
		t.Fatal("not JSON")
	}
	if len(b) < 2000 || len(b) > 2600 {
		t.Fatalf("%d bytes", len(b))
	}
}
