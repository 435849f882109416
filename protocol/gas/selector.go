package gas

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// hexSelector is a selector as JSON writes it: 0x and eight digits.
type hexSelector Selector

// MarshalText is 0x and eight digits.
func (s hexSelector) MarshalText() ([]byte, error) { return []byte(hexutil.Encode(s[:])), nil }

// UnmarshalText reads 0x and eight digits.
func (s *hexSelector) UnmarshalText(text []byte) error {
	data, err := hexutil.Decode(string(text))
	if err != nil || len(data) != len(s) {
		return fmt.Errorf("selector %q is not 0x and eight hexadecimal digits", text)
	}
	copy(s[:], data)
	return nil
}
