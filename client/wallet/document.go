package wallet

import (
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/ethereum/go-ethereum/accounts/keystore"
)

// ErrDocument is wrapped by errors about a key file that is not one.
var ErrDocument = errors.New("not a Web3 Secret Storage document of version 3")

// Limits of what opening a document may cost, far above what wallets write.
const (
	maxScryptBytes = 1 << 31
	maxScryptP     = 64
	maxPBKDF2      = 100_000_000
)

// DecryptKey opens a Web3 Secret Storage document.
func DecryptKey(document []byte, password string) (*ecdsa.PrivateKey, error) {
	// go-ethereum trusts the document's shape and panics where it is broken.
	if err := checkDocument(document); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	key, err := keystore.DecryptKey(document, password)
	if errors.Is(err, keystore.ErrDecrypt) {
		return nil, ErrPassword
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDocument, err)
	}
	return key.PrivateKey, nil
}

func checkDocument(document []byte) error {
	var d struct {
		Version int                 `json:"version"`
		Crypto  keystore.CryptoJSON `json:"crypto"`
	}
	if err := json.Unmarshal(document, &d); err != nil {
		return err
	}
	if d.Version != 3 {
		return fmt.Errorf("its version is %d", d.Version)
	}
	if iv, err := hex.DecodeString(d.Crypto.CipherParams.IV); err != nil || len(iv) != 16 {
		return errors.New("cipherparams.iv is not 16 bytes in hex")
	}
	return checkDerivation(d.Crypto.KDF, d.Crypto.KDFParams)
}

func checkDerivation(kdf string, params map[string]any) error {
	if _, ok := params["salt"].(string); !ok {
		return errors.New("kdfparams.salt is missing")
	}
	if err := between(params, "dklen", 32, 64); err != nil {
		return err
	}
	switch kdf {
	case "scrypt":
		for name, most := range map[string]float64{"n": 1 << 24, "r": 64, "p": maxScryptP} {
			if err := between(params, name, 1, most); err != nil {
				return err
			}
		}
		if params["n"].(float64)*params["r"].(float64)*128 > maxScryptBytes {
			return errors.New("its scrypt parameters need more than 2 GiB of memory")
		}
		return nil
	case "pbkdf2":
		if _, ok := params["prf"].(string); !ok {
			return errors.New("kdfparams.prf is missing")
		}
		return between(params, "c", 1, maxPBKDF2)
	default:
		return fmt.Errorf("its kdf is %q; scrypt and pbkdf2 are known", kdf)
	}
}

func between(params map[string]any, name string, least, most float64) error {
	value, ok := params[name].(float64)
	if !ok || value != math.Trunc(value) || value < least || value > most {
		return fmt.Errorf("kdfparams.%s is not a whole number from %.0f to %.0f", name, least, most)
	}
	return nil
}
