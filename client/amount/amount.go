// Package amount reads and writes amounts of CMT as people do ("1.5cmt",
// "10gwei"), exactly: everything is an integer number of wei (10^-18 CMT). It
// refuses a bare number, since a missing unit is how a thousandfold too much
// gets sent, and anything that is not a whole number of wei.
package amount

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// ErrSyntax is wrapped by every error of Parse.
var ErrSyntax = errors.New("not an amount")

// units in the order in which a suffix is looked for: gwei ends in wei.
var units = []struct {
	name     string
	decimals int
}{{"cmt", 18}, {"gwei", 9}, {"wei", 0}}

// maxDigits bounds what is worth parsing: 2^256 has 78 digits.
const maxDigits = 100

// Parse reads a non-negative amount with its unit cmt, gwei or wei, in any
// case and with an optional space, and returns it in wei. A plain 0 needs none.
func Parse(text string) (*big.Int, error) {
	trimmed := strings.ToLower(strings.TrimSpace(text))
	if trimmed == "0" {
		return new(big.Int), nil
	}
	for _, unit := range units {
		number, found := strings.CutSuffix(trimmed, unit.name)
		if !found {
			continue
		}
		wei, err := scale(strings.TrimSpace(number), unit.decimals)
		if err != nil {
			return nil, fmt.Errorf("%w: %q %w", ErrSyntax, text, err)
		}
		return wei, nil
	}
	if _, err := scale(trimmed, 18); err == nil {
		return nil, fmt.Errorf("%w: %q has no unit; write %scmt, %sgwei or %swei", ErrSyntax, text, trimmed, trimmed, trimmed)
	}
	return nil, fmt.Errorf("%w: %q; write a number and its unit, such as 1.5cmt, 10gwei or 21000wei", ErrSyntax, text)
}

func scale(number string, decimals int) (*big.Int, error) {
	whole, fraction, hasPoint := strings.Cut(number, ".")
	if whole == "" || hasPoint && fraction == "" || !digits(whole) || !digits(fraction) {
		return nil, errors.New("is no decimal number")
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > decimals {
		return nil, fmt.Errorf("is finer than one wei: at most %d decimals here", decimals)
	}
	if len(whole)+decimals > maxDigits {
		return nil, errors.New("is larger than any balance")
	}
	wei, ok := new(big.Int).SetString(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10)
	if !ok || wei.BitLen() > 256 {
		return nil, errors.New("is larger than any balance")
	}
	return wei, nil
}

func digits(text string) bool {
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// CMT writes an amount of wei exactly, as "1.5 CMT".
func CMT(wei *big.Int) string { return decimal(wei, 18) + " CMT" }

// Gwei writes an amount of wei exactly, as "2.5 gwei".
func Gwei(wei *big.Int) string { return decimal(wei, 9) + " gwei" }

func decimal(wei *big.Int, decimals int) string {
	sign, text := "", new(big.Int).Abs(wei).String()
	if wei.Sign() < 0 {
		sign = "-"
	}
	if missing := decimals + 1 - len(text); missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	whole, fraction := text[:len(text)-decimals], strings.TrimRight(text[len(text)-decimals:], "0")
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}
