package decimal

import (
	"math/big"
	"strconv"
)

// MaxLiteral bounds the length of the text that Parse reads.
const MaxLiteral = 10_000

// Parse reads a FEEL or XML Schema numeric literal: sign, digits with an
// optional point, exponent. It rounds to 34 digits and reports false when the
// text is no number or out of range.
func Parse(s string) (Decimal, bool) {
	if len(s) == 0 || len(s) > MaxLiteral {
		return Decimal{}, false
	}
	neg := s[0] == '-'
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	mantissa, exp, ok := cutExponent(s)
	if !ok {
		return Decimal{}, false
	}
	digits := make([]byte, 0, len(mantissa))
	point := false
	for i := 0; i < len(mantissa); i++ {
		switch c := mantissa[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
			if point {
				exp--
			}
		case c == '.' && !point:
			point = true
		default:
			return Decimal{}, false
		}
	}
	if len(digits) == 0 {
		return Decimal{}, false
	}
	if len(digits) <= 19 {
		v, err := strconv.ParseUint(string(digits), 10, 64)
		if err == nil {
			return finishClamped(neg, u128{0, v}, exp)
		}
	}
	c, ok := new(big.Int).SetString(string(digits), 10)
	if !ok {
		return Decimal{}, false
	}
	return finishBig(neg, c, exp, false)
}

func finishClamped(neg bool, c u128, exp int) (Decimal, bool) {
	if c.isZero() {
		return Decimal{}, true
	}
	if exp > MaxExponent+Digits {
		return Decimal{}, false
	}
	return finish(neg, c, exp)
}

func cutExponent(s string) (mantissa string, exp int, ok bool) {
	for i := 0; i < len(s); i++ {
		if s[i] != 'e' && s[i] != 'E' {
			continue
		}
		text := s[i+1:]
		if len(text) > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+' {
			text = text[1:]
		}
		if len(text) == 0 || len(text) > 7 {
			return "", 0, false
		}
		v, err := strconv.Atoi(text)
		return s[:i], v, err == nil
	}
	return s, 0, true
}

// String is the number in plain notation, without exponent and without
// trailing zeros after the point: what FEEL's string() returns.
func (d Decimal) String() string { return string(d.Append(nil)) }

// Append appends the text of String to b.
func (d Decimal) Append(b []byte) []byte {
	d = d.Reduce()
	if d.IsZero() {
		return append(b, '0')
	}
	if d.neg {
		b = append(b, '-')
	}
	digits := d.coef().append(nil)
	point := len(digits) + int(d.exp)
	switch {
	case d.exp >= 0:
		b = append(b, digits...)
		for i := int32(0); i < d.exp; i++ {
			b = append(b, '0')
		}
	case point > 0:
		b = append(b, digits[:point]...)
		b = append(b, '.')
		b = append(b, digits[point:]...)
	default:
		b = append(b, '0', '.')
		for ; point < 0; point++ {
			b = append(b, '0')
		}
		b = append(b, digits...)
	}
	return b
}

func (a u128) append(b []byte) []byte {
	q, low := a.divPow10(19)
	if q.isZero() {
		return strconv.AppendUint(b, low, 10)
	}
	top, mid := q.divPow10(19)
	if top.isZero() {
		b = strconv.AppendUint(b, mid, 10)
	} else {
		b = strconv.AppendUint(b, top.lo, 10)
		b = appendPadded(b, mid)
	}
	return appendPadded(b, low)
}

func appendPadded(b []byte, v uint64) []byte {
	var t [19]byte
	for i := len(t) - 1; i >= 0; i-- {
		t[i] = byte('0' + v%10)
		v /= 10
	}
	return append(b, t[:]...)
}
