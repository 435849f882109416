package decimal

import (
	"math/big"
	"math/bits"
)

// Add is d + e; false on overflow.
func (d Decimal) Add(e Decimal) (Decimal, bool) {
	if d.exp == e.exp {
		return addSigned(d.neg, d.coef(), e.neg, e.coef(), int(d.exp))
	}
	if d.IsZero() {
		return e, true
	}
	if e.IsZero() {
		return d, true
	}
	if d.exp < e.exp {
		d, e = e, d
	}
	dc, ec := d.coef(), e.coef()
	shift := int(d.exp - e.exp)
	n := dc.digits()
	if n+shift <= 38 {
		return addSigned(d.neg, dc.mulPow10(shift), e.neg, ec, int(e.exp))
	}
	pad := 37 - n
	if ec.digits() <= shift-pad {
		// |e| is below one unit of d padded to 37 digits: a sticky digit.
		wide := dc.mulPow10(pad + 1)
		if d.neg == e.neg {
			wide = wide.add(u128{0, 1})
		} else {
			wide = wide.sub(u128{0, 1})
		}
		return finish(d.neg, wide, int(d.exp)-pad-1)
	}
	x := new(big.Int).Mul(dc.big(), bigPow10(shift))
	y := ec.big()
	if d.neg == e.neg {
		return finishBig(d.neg, x.Add(x, y), int(e.exp), false)
	}
	x.Sub(x, y)
	return finishBig(d.neg != (x.Sign() < 0), x.Abs(x), int(e.exp), false)
}

func addSigned(an bool, a u128, bn bool, b u128, exp int) (Decimal, bool) {
	if an == bn {
		return finish(an, a.add(b), exp)
	}
	if a.cmp(b) >= 0 {
		return finish(an, a.sub(b), exp)
	}
	return finish(bn, b.sub(a), exp)
}

// Sub is d - e; false on overflow.
func (d Decimal) Sub(e Decimal) (Decimal, bool) { return d.Add(e.Neg()) }

// Mul is d × e; false on overflow.
func (d Decimal) Mul(e Decimal) (Decimal, bool) {
	neg, exp := d.neg != e.neg, int(d.exp)+int(e.exp)
	if d.hi|e.hi == 0 {
		hi, lo := bits.Mul64(d.lo, e.lo)
		if c := (u128{hi, lo}); c.digits() <= 38 {
			return finish(neg, c, exp)
		}
	}
	return finishBig(neg, new(big.Int).Mul(d.coef().big(), e.coef().big()), exp, false)
}

// Quo is d / e; false on overflow and for a zero divisor.
func (d Decimal) Quo(e Decimal) (Decimal, bool) {
	if e.IsZero() {
		return Decimal{}, false
	}
	if d.IsZero() {
		return Decimal{}, true
	}
	neg, exp := d.neg != e.neg, int(d.exp)-int(e.exp)
	dc, ec := d.coef(), e.coef()
	if ec.hi == 0 {
		pad := 38 - dc.digits()
		if q, r := dc.mulPow10(pad).div64(ec.lo); r == 0 {
			q, exp = trimZeros(q, exp-pad, exp)
			return finish(neg, q, exp)
		}
	}
	pad := Digits + 2 + ec.digits() - dc.digits()
	if pad < 0 {
		pad = 0
	}
	num := new(big.Int).Mul(dc.big(), bigPow10(pad))
	q, r := num.QuoRem(num, ec.big(), new(big.Int))
	if r.Sign() == 0 && q.BitLen() <= 128 {
		c, x := trimZeros(u128FromBig(q), exp-pad, exp)
		return finish(neg, c, x)
	}
	return finishBig(neg, q, exp-pad, r.Sign() != 0)
}

// trimZeros strips trailing zeros until the exponent reaches the ideal one.
func trimZeros(c u128, exp, ideal int) (u128, int) {
	for step := 16; step > 0; step /= 2 {
		for exp+step <= ideal {
			q, r := c.divPow10(step)
			if r != 0 {
				break
			}
			c, exp = q, exp+step
		}
	}
	return c, exp
}

// Mod is the FEEL modulo: d - e × floor(d/e), computed exactly before it is
// rounded; its sign is the sign of e. False for a zero divisor.
func (d Decimal) Mod(e Decimal) (Decimal, bool) {
	if e.IsZero() {
		return Decimal{}, false
	}
	low := min(d.exp, e.exp)
	m := new(big.Int).Mul(e.coef().big(), bigPow10(int(e.exp-low)))
	x := d.coef().big()
	// d's scale is reduced modulo m so that no huge power is formed.
	scale := new(big.Int).Exp(bigTen, big.NewInt(int64(d.exp-low)), m)
	x.Mul(x, scale).Mod(x, m)
	if x.Sign() != 0 && d.neg != e.neg {
		x.Sub(m, x)
	}
	return finishBig(e.neg, x, int(low), false)
}
