// Package decimal is IEEE 754-2008 decimal128 arithmetic as FEEL needs it: 34
// significant digits, rounding half to even, exponents from -6176 to 6111.
//
// It refuses everything that could differ between machines or that FEEL has no
// value for: there are no floats, no NaN, no infinities and no negative zero.
// An operation whose result does not exist reports ok = false.
package decimal

import "math/big"

// Digits is the precision of every result; MinExponent and MaxExponent bound
// the exponent of the last digit (IEEE 754-2008 Etiny and Emax-33).
const (
	Digits      = 34
	MinExponent = -6176
	MaxExponent = 6111
)

// Decimal is coefficient × 10^exponent with a coefficient below 10^34.
// The zero value is the number 0. Decimals are immutable; compare them with
// Cmp, because 1.0 and 1.00 differ in representation.
type Decimal struct {
	hi, lo uint64
	exp    int32
	neg    bool
}

// FromInt64 returns the decimal with the value v.
func FromInt64(v int64) Decimal {
	if v < 0 {
		return Decimal{lo: uint64(-v), neg: true}
	}
	return Decimal{lo: uint64(v)}
}

// FromUint64 returns the decimal with the value v.
func FromUint64(v uint64) Decimal { return Decimal{lo: v} }

// New returns (-1)^neg × (hi·2^64 + lo) × 10^exp, the inverse of Parts. It
// reports false for a coefficient or an exponent out of range.
func New(neg bool, hi, lo uint64, exp int) (Decimal, bool) {
	c := u128{hi, lo}
	if c.digits() > Digits || exp < MinExponent || exp > MaxExponent {
		return Decimal{}, false
	}
	if c.isZero() {
		neg = false
	}
	return Decimal{hi: hi, lo: lo, exp: int32(exp), neg: neg}, true
}

// Parts returns sign, coefficient and exponent as New takes them.
func (d Decimal) Parts() (neg bool, hi, lo uint64, exp int) {
	return d.neg, d.hi, d.lo, int(d.exp)
}

func (d Decimal) coef() u128 { return u128{d.hi, d.lo} }

// Wide reports a coefficient of more than 64 bits, with which arithmetic takes
// several times as long.
func (d Decimal) Wide() bool { return d.hi != 0 }

// IsZero reports whether d is 0.
func (d Decimal) IsZero() bool { return d.hi|d.lo == 0 }

// Sign is -1, 0 or 1.
func (d Decimal) Sign() int {
	switch {
	case d.IsZero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}

// Neg is -d.
func (d Decimal) Neg() Decimal {
	if !d.IsZero() {
		d.neg = !d.neg
	}
	return d
}

// Abs is |d|.
func (d Decimal) Abs() Decimal { d.neg = false; return d }

// IsInteger reports whether d has no fractional part.
func (d Decimal) IsInteger() bool {
	if d.exp >= 0 || d.IsZero() {
		return true
	}
	r := d.Reduce()
	return r.exp >= 0
}

// Int64 is d as an integer, when d is one and fits.
func (d Decimal) Int64() (int64, bool) {
	if d.exp == 0 && d.hi == 0 && d.lo < 1<<63 {
		if d.neg {
			return -int64(d.lo), true
		}
		return int64(d.lo), true
	}
	r := d.Reduce()
	if r.exp < 0 || r.exp > 18 {
		return 0, false
	}
	c := r.coef()
	if c.digits()+int(r.exp) > 19 {
		return 0, false
	}
	c = c.mulPow10(int(r.exp))
	if c.hi != 0 || c.lo >= 1<<63 {
		return 0, false
	}
	if r.neg {
		return -int64(c.lo), true
	}
	return int64(c.lo), true
}

// Reduce is d without trailing zeros: the one representation of its value.
func (d Decimal) Reduce() Decimal {
	if d.IsZero() {
		return Decimal{}
	}
	c := d.coef()
	for step := 16; step > 0; step /= 2 {
		for int(d.exp)+step <= MaxExponent {
			if step > 1 && c.digits() <= step {
				break
			}
			q, r := c.divPow10(step)
			if r != 0 {
				break
			}
			c, d.exp = q, d.exp+int32(step)
		}
	}
	d.hi, d.lo = c.hi, c.lo
	return d
}

// Cmp is -1, 0 or 1 as d is below, equal to or above e.
func (d Decimal) Cmp(e Decimal) int {
	if d.exp == e.exp && d.neg == e.neg {
		c := d.coef().cmp(e.coef())
		if d.neg {
			return -c
		}
		return c
	}
	ds, es := d.Sign(), e.Sign()
	if ds != es {
		if ds < es {
			return -1
		}
		return 1
	}
	if ds == 0 {
		return 0
	}
	return ds * d.cmpAbs(e)
}

// cmpAbs compares |d| and |e|, both nonzero.
func (d Decimal) cmpAbs(e Decimal) int {
	dc, ec := d.coef(), e.coef()
	da, ea := dc.digits()+int(d.exp), ec.digits()+int(e.exp)
	if da != ea {
		if da < ea {
			return -1
		}
		return 1
	}
	// Equal magnitude: the exponents differ by at most 33, so both fit.
	if d.exp > e.exp {
		return dc.mulPow10(int(d.exp - e.exp)).cmp(ec)
	}
	return dc.cmp(ec.mulPow10(int(e.exp - d.exp)))
}

// Equal reports whether d and e are the same number.
func (d Decimal) Equal(e Decimal) bool { return d.Cmp(e) == 0 }

// finish rounds coefficient × 10^exp to the format.
func finish(neg bool, c u128, exp int) (Decimal, bool) {
	n := c.digits()
	drop := 0
	if n > Digits {
		drop = n - Digits
	}
	if exp+drop < MinExponent {
		drop = MinExponent - exp
	}
	if drop > 0 {
		c = c.roundHalfEven(drop, n)
		exp += drop
		if c.digits() > Digits { // 99…9 became 10…0
			c, _ = c.divPow10(1)
			exp++
		}
	}
	if c.isZero() {
		return Decimal{}, true
	}
	if exp > MaxExponent {
		pad := exp - MaxExponent
		if pad+c.digits() > Digits {
			return Decimal{}, false
		}
		c, exp = c.mulPow10(pad), MaxExponent
	}
	return Decimal{hi: c.hi, lo: c.lo, exp: int32(exp), neg: neg}, true
}

// finishBig is finish for any size. sticky says that the true value lies
// strictly above |c| × 10^exp by less than one unit.
func finishBig(neg bool, c *big.Int, exp int, sticky bool) (Decimal, bool) {
	n := bigDigits(c)
	drop := 0
	if n > Digits {
		drop = n - Digits
	}
	if exp+drop < MinExponent {
		drop = MinExponent - exp
	}
	if sticky && drop == 0 {
		// The caller promises enough digits; one more makes sticky a digit.
		c = new(big.Int).Add(new(big.Int).Mul(c, bigTen), bigOne)
		return finishBig(neg, c, exp-1, false)
	}
	q := c
	if drop > 0 {
		if drop > n+1 {
			return Decimal{}, true
		}
		unit := bigPow10(drop)
		var r *big.Int
		q, r = new(big.Int).QuoRem(c, unit, new(big.Int))
		r.Lsh(r, 1)
		switch cmp := r.Cmp(unit); {
		case cmp > 0, cmp == 0 && (sticky || q.Bit(0) == 1):
			q.Add(q, bigOne)
		}
		exp += drop
		if bigDigits(q) > Digits {
			q.Quo(q, bigTen)
			exp++
		}
	}
	return finish(neg, u128FromBig(q), exp)
}

func u128FromBig(x *big.Int) u128 {
	var lo, hi big.Int
	lo.And(x, bigMask64)
	hi.Rsh(x, 64)
	return u128{hi.Uint64(), lo.Uint64()}
}

func (a u128) big() *big.Int {
	x := new(big.Int).SetUint64(a.hi)
	x.Lsh(x, 64)
	return x.Or(x, new(big.Int).SetUint64(a.lo))
}

var (
	bigOne    = big.NewInt(1)
	bigTen    = big.NewInt(10)
	bigMask64 = new(big.Int).SetUint64(1<<64 - 1)
)

func bigPow10(n int) *big.Int {
	if n <= 38 {
		return pow10[n].big()
	}
	return new(big.Int).Exp(bigTen, big.NewInt(int64(n)), nil)
}

// bigDigits counts decimal digits; 0 has none.
func bigDigits(x *big.Int) int {
	if x.Sign() == 0 {
		return 0
	}
	if x.BitLen() <= 128 {
		return u128FromBig(x).digits()
	}
	// bits × log10(2) is never above the count and at most one below it.
	n := int(uint64(x.BitLen()-1) * 30103 / 100000)
	for x.CmpAbs(bigPow10(n)) >= 0 {
		n++
	}
	return n
}
