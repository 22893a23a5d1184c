package soap_test

import (
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"time"
)

func fresh() []byte {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	return b
}

// proof is a Security header with a password digest, made by the book and not by our code.
func proof(at time.Time, nonce []byte, password string) string {
	created := at.UTC().Format(time.RFC3339)
	sum := sha1.Sum([]byte(string(nonce) + created + password))
	return token("tj", "PasswordDigest", base64.StdEncoding.EncodeToString(sum[:]),
		`<w:Nonce>`+base64.StdEncoding.EncodeToString(nonce)+`</w:Nonce><u:Created>`+created+`</u:Created>`)
}

func token(user, kind, password, rest string) string {
	return `<w:Security xmlns:w="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd">` +
		`<w:UsernameToken><w:Username>` + user + `</w:Username><w:Password Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#` + kind + `">` + password + `</w:Password>` + rest + `</w:UsernameToken></w:Security>`
}
