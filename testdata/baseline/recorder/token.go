package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
)

// The key of every issuer. It protects nothing.
const (
	key    = "the recorder's key, which is no secret"
	keySet = `{"keys":[{"kty":"oct","alg":"HS256","kid":"recorder","k":"dGhlIHJlY29yZGVyJ3Mga2V5LCB3aGljaCBpcyBubyBzZWNyZXQ"}]}`
)

// signed makes a token of claims, or one that no issuer accepts.
func signed(claims map[string]any, valid bool) (string, error) {
	body := map[string]any{"exp": 4102444800} // the year 2100
	for name, value := range claims {
		body[name] = value
	}
	text, err := json.Marshal(body)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	token := encode([]byte(`{"alg":"HS256","kid":"recorder","typ":"JWT"}`)) + "." + encode(text)
	secret := key
	if !valid {
		secret = "another"
	}
	hash := hmac.New(sha256.New, []byte(secret))
	hash.Write([]byte(token))
	return token + "." + encode(hash.Sum(nil)), nil
}
