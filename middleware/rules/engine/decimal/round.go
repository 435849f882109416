package decimal

import "math/big"

// Mode is a way to round to a scale.
type Mode uint8

// The rounding modes that FEEL functions offer (DMN 1.5 §10.3.4.5).
const (
	HalfEven Mode = iota
	Up            // away from zero
	Down          // towards zero
	HalfUp        // nearest, ties away from zero
	HalfDown      // nearest, ties towards zero
	Floor         // towards negative infinity
	Ceiling       // towards positive infinity
)

// MinScale and MaxScale bound the scale that Round takes.
const (
	MinScale = -MaxExponent
	MaxScale = -MinExponent
)

// Round is d with at most scale digits after the point (a negative scale
// rounds to tens, hundreds, …). False for a scale out of range or an overflow.
func (d Decimal) Round(scale int, mode Mode) (Decimal, bool) {
	if scale < MinScale || scale > MaxScale {
		return Decimal{}, false
	}
	drop := -scale - int(d.exp)
	if drop <= 0 || d.IsZero() {
		return d, true
	}
	c := d.coef()
	n := c.digits()
	var q u128
	var tail int // dropped part against one half: -1, 0, 1
	if drop > n {
		tail = -1
	} else {
		div := pow10[drop]
		q, tail = c.split(drop, div)
		if tail == exact {
			return finish(d.neg, q, -scale)
		}
	}
	if mode.increments(d.neg, q.lo&1 == 1, tail) {
		q = q.add(u128{0, 1})
	}
	return finish(d.neg, q, -scale)
}

const exact = -2

// split divides by 10^n and classifies the remainder against one half.
func (a u128) split(n int, unit u128) (u128, int) {
	q, r := new(big.Int), new(big.Int)
	var rem u128
	if n <= 19 {
		var r64 uint64
		var q128 u128
		q128, r64 = a.divPow10(n)
		return q128, classify(u128{0, r64}, unit)
	}
	q.QuoRem(a.big(), unit.big(), r)
	rem = u128FromBig(r)
	return u128FromBig(q), classify(rem, unit)
}

func classify(rem, unit u128) int {
	if rem.isZero() {
		return exact
	}
	return rem.cmp(unit.sub(rem))
}

func (m Mode) increments(neg, odd bool, tail int) bool {
	switch m {
	case Up:
		return true
	case HalfUp:
		return tail >= 0
	case HalfDown:
		return tail > 0
	case Floor:
		return neg
	case Ceiling:
		return !neg
	case HalfEven:
		return tail > 0 || tail == 0 && odd
	}
	return false
}
