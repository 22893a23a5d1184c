package envelope

import (
	"bytes"
	"crypto/cipher"
	"encoding/hex"
	"testing"

	"github.com/emmansun/gmsm/sm4"
)

// TestGCMIsThatOfRFC8998 holds GCM to the vector of RFC 8998, A.1. Its associated
// data, which the envelope has none of, change the tag and nothing else.
func TestGCMIsThatOfRFC8998(t *testing.T) {
	from := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	key, iv := from("0123456789ABCDEFFEDCBA9876543210"), from("00001234567800000000ABCD")
	plain := from("AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDDEEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA")
	text := from("17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D")
	tag := from("83DE3541E4C2B58177E065A9BF7B62EC")
	e := &Envelope{spec: Spec{mode: "gcm"}}
	got, err := e.encrypt(key, iv, plain)
	if err != nil || len(got) != len(plain)+16 || !bytes.Equal(got[:len(plain)], text) {
		t.Fatalf("%x %v", got, err)
	}
	back, err := e.decrypt(key, iv, got)
	if err != nil || !bytes.Equal(back, plain) {
		t.Fatal(err)
	}
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	if whole := gcm.Seal(nil, iv, plain, from("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")); !bytes.Equal(whole[len(plain):], tag) {
		t.Fatalf("tag %x", whole[len(plain):])
	}
	got[0] ^= 1
	if _, err := e.decrypt(key, iv, got); err == nil {
		t.Fatal("a changed text was taken")
	}
}
