package wallet

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// goodDocument is the pbkdf2 example of the Web3 Secret Storage definition,
// with the password "testpassword".
const goodDocument = `{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}`

func TestDecryptDocument(t *testing.T) {
	key, err := DecryptKey([]byte(goodDocument), "testpassword")
	if err != nil {
		t.Fatal(err)
	}
	if got := key.D.Text(16); got != "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d" {
		t.Errorf("key %s", got)
	}
	if _, err := DecryptKey([]byte(goodDocument), "wrong"); !errors.Is(err, ErrPassword) {
		t.Errorf("wrong password: %v", err)
	}
}

func TestDocumentRefused(t *testing.T) {
	for _, c := range []struct{ old, new, hint string }{
		{goodDocument, "{}", "version is 0"},
		{goodDocument, "hello", "invalid character"},
		{`"version":3`, `"version":"1"`, "version"},
		{`6087dab2f9fdbbfaddc31a909735c1e6`, `6087`, "iv"},
		{`"c":262144`, `"c":1e300`, "kdfparams.c"},
		{`"c":262144`, `"c":"many"`, "kdfparams.c"},
		{`"dklen":32`, `"dklen":8`, "kdfparams.dklen"},
		{`"prf":"hmac-sha256",`, ``, "kdfparams.prf"},
		{`"salt"`, `"sugar"`, "kdfparams.salt"},
		{`"pbkdf2"`, `"rot13"`, "rot13"},
		{`"pbkdf2","kdfparams":{`, `"scrypt","kdfparams":{"n":16777216,"r":64,"p":1,`, "2 GiB"},
	} {
		document := strings.Replace(goodDocument, c.old, c.new, 1)
		if _, err := DecryptKey([]byte(document), "testpassword"); !errors.Is(err, ErrDocument) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%s: %v; want %q", c.new, err, c.hint)
		}
	}
}

// FuzzDecryptKey looks for documents that crash the program.
func FuzzDecryptKey(f *testing.F) {
	cheap := strings.Replace(goodDocument, "262144", "1", 1)
	f.Add([]byte(cheap))
	f.Add([]byte(strings.Replace(cheap, `"pbkdf2","kdfparams":{`, `"scrypt","kdfparams":{"n":2,"r":1,"p":1,`, 1)))
	f.Fuzz(func(t *testing.T, document []byte) {
		var costs struct {
			Crypto struct{ KDFParams map[string]any }
		}
		if json.Unmarshal(document, &costs) == nil {
			for _, name := range []string{"n", "r", "p", "c"} {
				if cost, _ := costs.Crypto.KDFParams[name].(float64); cost > 1024 {
					return // allowed, but too slow to repeat a million times
				}
			}
		}
		if key, err := DecryptKey(document, "testpassword"); err == nil && key.D.Sign() == 0 {
			t.Fatal("opened to an empty key")
		}
	})
}
