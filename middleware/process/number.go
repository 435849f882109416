package process

import (
	"encoding/hex"
	"math/big"

	"github.com/holiman/uint256"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

var sixtyFour = new(big.Int).SetUint64(^uint64(0))

// number is an amount as a value: a number, or its digits as text where FEEL's 34
// do not suffice.
func number(amount *uint256.Int) feel.Value { return integer(amount.ToBig()) }

func integer(n *big.Int) feel.Value {
	if n.BitLen() <= 128 {
		abs := new(big.Int).Abs(n)
		lo := new(big.Int).And(abs, sixtyFour).Uint64()
		if d, ok := decimal.New(n.Sign() < 0, abs.Rsh(abs, 64).Uint64(), lo, 0); ok {
			return feel.Number{Decimal: d}
		}
	}
	return feel.String(n.String())
}

// maxDigits bounds integers in text and powers of ten: 2^256 has 78.
const maxDigits = 78

// whole is the integer that a value is: a number, or digits as text, decimal or
// after 0x.
func whole(v feel.Value) (*big.Int, bool) {
	switch v := v.(type) {
	case feel.Number:
		neg, hi, lo, exp := v.Reduce().Parts()
		if exp < 0 || exp > maxDigits {
			return nil, false
		}
		n := new(big.Int).SetUint64(hi)
		n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(lo))
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil))
		if neg {
			n.Neg(n)
		}
		return n, true
	case feel.String:
		s, base := string(v), 10
		if len(s) > 2 && s[:2] == "0x" {
			s, base = s[2:], 16
		}
		for i, c := range []byte(s) {
			digit := c >= '0' && c <= '9' || base == 16 && (c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')
			if !digit && (c != '-' || i > 0 || base == 16) {
				return nil, false
			}
		}
		if len(s) > maxDigits+1 {
			return nil, false
		}
		return new(big.Int).SetString(s, base)
	}
	return nil, false
}

// amount is an integer from 0 that fits in 256 bits; null is 0.
func amount(v feel.Value) (*uint256.Int, bool) {
	if v == nil {
		return new(uint256.Int), true
	}
	n, ok := whole(v)
	if !ok || n.Sign() < 0 {
		return nil, false
	}
	u, overflow := uint256.FromBig(n)
	return u, !overflow
}

func unhex(s string) ([]byte, bool) {
	raw, err := hex.DecodeString(s)
	return raw, err == nil
}

// signed is a word as two's complement.
func signed(word *big.Int) *big.Int {
	if word.Bit(255) == 1 {
		word.Sub(word, new(big.Int).Lsh(big.NewInt(1), 256))
	}
	return word
}
