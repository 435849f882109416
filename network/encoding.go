package network

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

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

// ParsePercent reads a part such as "4.5%", at most 100%, and returns it in hundredths of a percent.
func ParsePercent(text string) (uint16, error) {
	wrong := fmt.Errorf("%q is no percentage; write a number with at most two decimals, such as 4.5%%", text)
	number, signed := strings.CutSuffix(text, "%")
	whole, fraction, _ := strings.Cut(strings.TrimSpace(number), ".")
	if !signed || whole == "" || len(whole) > 3 || len(fraction) > 2 || strings.HasSuffix(strings.TrimSpace(number), ".") {
		return 0, wrong
	}
	bps, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", 2-len(fraction)), 10, 16)
	if err != nil {
		return 0, wrong
	}
	if bps > 10_000 {
		return 0, fmt.Errorf("%q is above 100%%", text)
	}
	return uint16(bps), nil
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
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := g.decode(decoder); err != nil {
		return err
	}
	if err := requireEnd(decoder); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	return nil
}

// decode reads the next value of a decoder. The accounts are read one by one: the standard decoder would let the last
// of two equal addresses win, and would hold a large genesis several times.
func (g *Genesis) decode(decoder *json.Decoder) error {
	type fields Genesis // without UnmarshalJSON
	var (
		alloc types.GenesisAlloc
		other = make(map[string]json.RawMessage)
	)
	err := eachMember(decoder, func(key string) (err error) {
		if !strings.EqualFold(key, "alloc") { // as lenient as the standard decoder is with the others
			var value json.RawMessage
			err = decoder.Decode(&value)
			other[key] = value
			return err
		}
		if alloc != nil {
			return errors.New("alloc is given twice")
		}
		if alloc, err = decodeAlloc(decoder); errors.Is(err, errNotObject) {
			err = errors.New("expected an object of accounts by address")
		}
		if err != nil {
			return fmt.Errorf("alloc: %w", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	text, err := json.Marshal(other)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	var decoded fields
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&decoded); err != nil {
		return fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if alloc == nil {
		alloc = make(types.GenesisAlloc)
	}
	*g = Genesis(decoded)
	g.Alloc = alloc
	return nil
}

// encode writes an `app_state`: what json.Marshal makes of the genesis.
func (g *Genesis) encode() ([]byte, error) {
	const (
		empty        = `"alloc":{}` // the last field
		accountBytes = 96           // of an account that has a balance only
	)
	bare := *g
	bare.Alloc = types.GenesisAlloc{}
	text, err := json.Marshal(&bare)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	place := bytes.LastIndex(text, []byte(empty))
	if place < 0 {
		return nil, fmt.Errorf("%w: alloc has no place in %s", ErrGenesis, text)
	}
	out := make([]byte, 0, len(text)+accountBytes*len(g.Alloc))
	out = append(append(out, text[:place]...), `"alloc":`...)
	if out, err = appendAlloc(out, g.Alloc); err != nil {
		return nil, fmt.Errorf("%w: alloc: %w", ErrGenesis, err)
	}
	return append(out, text[place+len(empty):]...), nil
}
