package auth_test

import (
	"strings"
	"testing"
	"time"

	"duijie/adapter/auth"
)

func TestANonceIsTakenOnceWhileItsStampCounts(t *testing.T) {
	at := time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC)
	r := auth.NewReplay(5 * time.Minute)
	if !r.Take("n", at) || r.Take("n", at.Add(10*time.Minute)) {
		t.Fatal("taken twice within the tolerance, or not at all")
	}
	if r.Forget("n"); !r.Take("n", at.Add(10*time.Minute)) {
		t.Fatal("what was not taken may come again")
	}
	if !r.Take("n", at.Add(time.Hour)) {
		t.Fatal("remembered for ever")
	}
	if r.Take(strings.Repeat("n", 300), at) {
		t.Fatal("kept a nonce without bound")
	}
}
