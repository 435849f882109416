package network

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// Duration is a time.Duration written as text, such as "500ms".
type Duration time.Duration

// MarshalText writes the duration in Go's notation.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads Go's notation.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("duration %q: write a number and a unit, such as 500ms or 2s", text)
	}
	*d = Duration(parsed)
	return nil
}

// ConsensusAddress is CometBFT's address of a validator's key: the first 20 bytes of the public key's SHA-256.
type ConsensusAddress [20]byte

// String writes the address as CometBFT does: 40 upper-case hexadecimal digits, no prefix.
func (a ConsensusAddress) String() string { return strings.ToUpper(hex.EncodeToString(a[:])) }

// MarshalText writes String.
func (a ConsensusAddress) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads 40 hexadecimal digits of either case, with or without 0x.
func (a *ConsensusAddress) UnmarshalText(text []byte) error {
	digits := strings.TrimPrefix(string(text), "0x")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != len(a) {
		return fmt.Errorf("consensus address %q: expected 40 hexadecimal digits", text)
	}
	copy(a[:], raw)
	return nil
}

// UnmarshalJSON reads an `app_state`. It is strict: an unknown field, or an account named twice, is an error.
func (g *Genesis) UnmarshalJSON(data []byte) error {
	type fields Genesis // without this method
	outer := struct {
		*fields
		Alloc json.RawMessage `json:"alloc"`
	}{fields: (*fields)(new(Genesis))}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&outer); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	alloc, err := decodeAlloc(outer.Alloc)
	if err != nil {
		return fmt.Errorf("%w: alloc: %w", ErrGenesis, err)
	}
	*g = Genesis(*outer.fields)
	g.Alloc = alloc
	return nil
}

// decodeAlloc reads the object account by account: the standard decoder would let the last of two equal keys win.
func decodeAlloc(data json.RawMessage) (types.GenesisAlloc, error) {
	alloc := make(types.GenesisAlloc)
	if len(data) == 0 {
		return alloc, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("expected an object of accounts by address")
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		var address common.UnprefixedAddress
		if err := address.UnmarshalText([]byte(key.(string))); err != nil {
			return nil, fmt.Errorf("address %q: expected 40 hexadecimal digits", key)
		}
		if _, twice := alloc[common.Address(address)]; twice {
			return nil, fmt.Errorf("account %s is named twice", common.Address(address))
		}
		var account types.Account
		if err := decoder.Decode(&account); err != nil {
			return nil, fmt.Errorf("account %s: %w", common.Address(address), err)
		}
		alloc[common.Address(address)] = account
	}
	if _, err := decoder.Token(); err != nil && err != io.EOF {
		return nil, err
	}
	return alloc, nil
}
