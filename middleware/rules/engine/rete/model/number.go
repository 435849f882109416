package model

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/apd/v3"
)

// ErrNumber is returned for a number that is malformed or out of range.
var ErrNumber = errors.New("not a number of at most 34 significant digits with exponent -6143 to 6144")

// Arithmetic is the context of every decimal operation: 34 digits, half-even,
// no trapped condition.
var Arithmetic = apd.Context{
	Precision:   MaxDigits,
	MaxExponent: MaxExponent,
	MinExponent: MinExponent,
	Rounding:    apd.RoundHalfEven,
}

// maxNumberText bounds the text ParseNumber looks at, in bytes.
const maxNumberText = 80

// ParseNumber reads a decimal literal such as -12.50 or 1E+3, without rounding,
// and gives it without trailing zeros.
func ParseNumber(text string) (*apd.Decimal, error) {
	if len(text) == 0 || len(text) > maxNumberText {
		return nil, fmt.Errorf("%.20q: %w", text, ErrNumber)
	}
	digits := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= '0' && c <= '9':
			digits = true
		case c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E':
			return nil, fmt.Errorf("%q: %w", text, ErrNumber)
		}
	}
	d, _, err := apd.NewFromString(text)
	if err != nil || !digits {
		return nil, fmt.Errorf("%q: %w", text, ErrNumber)
	}
	if !Reduce(d) {
		return nil, fmt.Errorf("%q: %w", text, ErrNumber)
	}
	return d, nil
}

// Reduce strips trailing zeros and the sign of zero from d and tells whether
// the result is a number within the limits.
func Reduce(d *apd.Decimal) bool {
	if d.Form != apd.Finite {
		return false
	}
	if d.IsZero() {
		d.Negative = false
		d.Exponent = 0
		d.Coeff.SetInt64(0)
		return true
	}
	d.Reduce(d)
	digits := d.NumDigits()
	adjusted := int64(d.Exponent) + digits - 1
	return digits <= MaxDigits && adjusted <= MaxExponent && adjusted >= MinExponent
}

// FormatNumber is the canonical spelling of a reduced number: plain digits, or
// scientific notation where these would need more than 34 zeros.
func FormatNumber(d *apd.Decimal) string {
	if d.Exponent > MaxDigits || d.Exponent < -2*MaxDigits {
		return d.Text('E')
	}
	return d.Text('f')
}

// Integral tells whether the reduced number d has no fraction and fits in 34
// digits, as an int must.
func Integral(d *apd.Decimal) bool {
	return d.Exponent >= 0 && int64(d.Exponent)+d.NumDigits() <= MaxDigits
}
