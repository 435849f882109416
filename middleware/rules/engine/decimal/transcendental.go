package decimal

import "math/big"

// The functions of this file are correctly rounded: a result is computed in
// fixed point with guard digits, and again with more of them, until both ends
// of its error interval round to the same decimal (Ziv's strategy). Arguments
// whose result is rational are recognised first, so the loop always ends.

// guard is the number of digits first computed beyond those asked for;
// errorUnits bounds the error of any intermediate in units of its last digit
// and is far above what the series below can accumulate.
const (
	guard      = 20
	errorUnits = 1_000_000_000
	maxGuard   = 2000
)

// Sqrt is the square root; false for a negative number.
func (d Decimal) Sqrt() (Decimal, bool) {
	if d.neg {
		return Decimal{}, false
	}
	if d.IsZero() {
		return Decimal{}, true
	}
	c, exp := d.coef().big(), int(d.exp)
	if exp%2 != 0 {
		c.Mul(c, bigTen)
		exp--
	}
	pad := 2 * (Digits + 2)
	c.Mul(c, bigPow10(pad))
	root := new(big.Int).Sqrt(c)
	rest := new(big.Int).Mul(root, root)
	inexact := rest.Cmp(c) != 0
	exp = (exp - pad) / 2
	if !inexact {
		r, ok := finishBig(false, root, exp, false)
		return r.Reduce(), ok
	}
	return finishBig(false, root, exp, true)
}

// Exp is e^d; false on overflow.
func (d Decimal) Exp() (Decimal, bool) {
	if d.IsZero() {
		return FromInt64(1), true
	}
	if d.coef().digits()+int(d.exp) > 6 {
		return Decimal{}, d.neg // beyond ±10^6: overflow, or zero
	}
	if d.coef().digits()+int(d.exp) < -Digits-2 {
		return FromInt64(1), true // 1 plus what 34 digits cannot hold
	}
	return ziv(func(p int) (*big.Int, int) { return expFixed(toFixed(d, p), p) })
}

// Ln is the natural logarithm; false unless d is positive.
func (d Decimal) Ln() (Decimal, bool) {
	if d.Sign() <= 0 {
		return Decimal{}, false
	}
	if d.Cmp(FromInt64(1)) == 0 {
		return Decimal{}, true
	}
	extra := lnCancellation(d)
	return ziv(func(p int) (*big.Int, int) {
		return lnFixed(d, p+extra), -(p + extra)
	})
}

// lnCancellation is how many leading digits ln(d) loses because d is near 1.
func lnCancellation(d Decimal) int {
	diff, _ := d.Sub(FromInt64(1))
	if a := diff.coef().digits() + int(diff.exp); a < 0 {
		return -a
	}
	return 0
}

// Pow is d^e. False when there is no result: 0 to a negative power, a negative
// base with a fractional exponent, overflow. 0^0 is 1.
func (d Decimal) Pow(e Decimal) (Decimal, bool) {
	d, e = d.Reduce(), e.Reduce()
	one := FromInt64(1)
	switch {
	case e.IsZero():
		return one, true
	case d.IsZero():
		return Decimal{}, !e.neg
	case d.neg && e.exp < 0:
		return Decimal{}, false
	}
	neg := d.neg && e.exp == 0 && e.lo&1 == 1
	d.neg = false
	if d.Cmp(one) == 0 {
		one.neg = neg
		return one, true
	}
	r, ok, done := d.powExact(e)
	if !done {
		r, ok = d.powInexact(e)
	}
	r.neg = neg && !r.IsZero()
	return r, ok
}

// powExact handles what has a finite expansion short enough to matter.
func (d Decimal) powExact(e Decimal) (r Decimal, ok, done bool) {
	if e.exp < 0 {
		return d.powRoot(e)
	}
	n, fits := e.Int64()
	if !fits {
		return r, false, false
	}
	abs := n
	if abs < 0 {
		abs = -abs
	}
	c := d.coef()
	if c.cmp(u128{0, 1}) == 0 { // a power of ten
		if abs > 20_000 {
			return Decimal{}, (n < 0) == (d.exp > 0), true
		}
		r, ok = finish(false, c, int(d.exp)*int(n))
		return r, ok, true
	}
	if abs > 300 || c.digits()*int(abs) > 300 {
		return r, false, false
	}
	p := new(big.Int).Exp(c.big(), big.NewInt(abs), nil)
	exp := int(d.exp) * int(n)
	if n > 0 {
		r, ok = finishBig(false, p, exp, false)
		return r, ok, true
	}
	digits := bigDigits(p) + Digits + 2
	q, rem := new(big.Int).QuoRem(bigPow10(digits), p, new(big.Int))
	r, ok = finishBig(false, q, exp-digits, rem.Sign() != 0)
	if rem.Sign() == 0 {
		r = r.Reduce()
	}
	return r, ok, true
}

// powRoot handles a fractional exponent m/q where d is a perfect q-th power.
func (d Decimal) powRoot(e Decimal) (r Decimal, ok, done bool) {
	if int(e.exp) < -38 {
		return r, false, false
	}
	den := bigPow10(-int(e.exp))
	num := e.coef().big()
	g := new(big.Int).GCD(nil, nil, num, den)
	num.Quo(num, g)
	den.Quo(den, g)
	if den.BitLen() > 12 {
		return r, false, false // no coefficient below 10^34 is such a power
	}
	q := int(den.Int64())
	root, found := d.perfectRoot(q)
	if !found {
		return r, false, false
	}
	if !num.IsInt64() || num.Int64() > 100_000 {
		return r, false, false
	}
	m := FromInt64(num.Int64())
	m.neg = e.neg
	r, ok, done = root.powExact(m)
	if !done {
		r, ok = root.powInexact(m)
	}
	return r, ok, true
}

// perfectRoot is the exact q-th root of d, if it is a decimal.
func (d Decimal) perfectRoot(q int) (Decimal, bool) {
	if int(d.exp)%q != 0 {
		// The coefficient may absorb zeros: 0.9 = 90e-2 is no square, but
		// 1000 = 10^3 reduces to 1e3, so only exponent-divisible forms
		// with a reduced coefficient can be perfect powers.
		return Decimal{}, false
	}
	c := d.coef().big()
	low, high := big.NewInt(1), new(big.Int).Lsh(bigOne, uint(c.BitLen()/q+1))
	power := big.NewInt(int64(q))
	for low.Cmp(high) < 0 {
		mid := new(big.Int).Add(low, high)
		mid.Rsh(mid, 1)
		if new(big.Int).Exp(mid, power, nil).Cmp(c) < 0 {
			low = mid.Add(mid, bigOne)
		} else {
			high = mid
		}
	}
	if new(big.Int).Exp(low, power, nil).Cmp(c) != 0 {
		return Decimal{}, false
	}
	r := u128FromBig(low)
	return Decimal{hi: r.hi, lo: r.lo, exp: d.exp / int32(q)}, true
}

// powInexact is exp(e × ln d) for an irrational or very long result.
func (d Decimal) powInexact(e Decimal) (Decimal, bool) {
	above := d.Cmp(FromInt64(1)) > 0
	magnitude := e.coef().digits() + int(e.exp)
	if magnitude > Digits+7 { // |e × ln d| > 10^6 for every d but 1
		return Decimal{}, above == e.neg
	}
	lost := lnCancellation(d)
	if lost > 0 && magnitude-lost < -Digits-2 || magnitude < -Digits-7 {
		return FromInt64(1), true
	}
	widen := max(magnitude, 0)
	if magnitude-lost > 1 { // else |e × ln d| < 10 × ln 10^6145
		if rough, ok := e.roughProduct(d); ok && (rough > 1e6 || rough < -1e6) {
			return Decimal{}, rough < 0
		}
	}
	return ziv(func(p int) (*big.Int, int) {
		w := p + widen
		x := lnFixed(d, w)
		return expFixed(mulDecimal(x, e, w, p), p)
	})
}

// roughProduct is e × ln(d) as an integer near enough to detect overflow.
func (e Decimal) roughProduct(d Decimal) (int64, bool) {
	l, ok := d.Ln()
	if !ok {
		return 0, false
	}
	x, ok := e.Mul(l)
	if !ok {
		return 0, false
	}
	if x.coef().digits()+int(x.exp) > 8 {
		if x.neg {
			return -1e8, true
		}
		return 1e8, true
	}
	x, ok = x.Round(0, Down)
	if !ok {
		return 0, false
	}
	return x.Int64()
}

// ziv rounds value(p) × 10^exp for growing p until the error cannot matter.
func ziv(value func(p int) (*big.Int, int)) (Decimal, bool) {
	slack := big.NewInt(errorUnits)
	for p := Digits + guard; ; p += guard {
		v, exp := value(p)
		neg := v.Sign() < 0
		v.Abs(v)
		low := new(big.Int).Sub(v, slack)
		if low.Sign() > 0 || p > maxGuard {
			a, okA := finishBig(neg, low.Abs(low), exp, false)
			b, okB := finishBig(neg, v.Add(v, slack), exp, false)
			if a == b && okA == okB || p > maxGuard {
				return a, okA
			}
		}
	}
}

// toFixed is d × 10^p rounded towards zero.
func toFixed(d Decimal, p int) *big.Int {
	x := d.coef().big()
	if shift := p + int(d.exp); shift >= 0 {
		x.Mul(x, bigPow10(shift))
	} else {
		x.Quo(x, bigPow10(-shift))
	}
	if d.neg {
		x.Neg(x)
	}
	return x
}

// mulDecimal is x × 10^-w × e, in units of 10^-p.
func mulDecimal(x *big.Int, e Decimal, w, p int) *big.Int {
	r := new(big.Int).Mul(x, e.coef().big())
	if e.neg {
		r.Neg(r)
	}
	shift := p - w + int(e.exp)
	if shift >= 0 {
		return r.Mul(r, bigPow10(shift))
	}
	return r.Quo(r, bigPow10(-shift))
}

// expFixed is e^(x × 10^-p) as coefficient and exponent, relative precision p.
func expFixed(x *big.Int, p int) (*big.Int, int) {
	const halvings = 12
	// Work with a few more digits; the squarings below lose them.
	w := p + 12
	x = new(big.Int).Mul(x, bigPow10(12))
	ln10 := ln10Fixed(w)
	n := new(big.Int).Quo(x, ln10)
	r := x.Sub(x, new(big.Int).Mul(n, ln10))
	r.Quo(r, big.NewInt(1<<halvings))
	unit := bigPow10(w)
	sum := new(big.Int).Add(unit, r)
	term := new(big.Int).Set(r)
	for k := int64(2); term.Sign() != 0; k++ {
		term.Mul(term, r).Quo(term, unit).Quo(term, big.NewInt(k))
		sum.Add(sum, term)
	}
	for range halvings {
		sum.Mul(sum, sum).Quo(sum, unit)
	}
	sum.Quo(sum, bigPow10(12))
	return sum, int(n.Int64()) - p
}

// lnFixed is ln(d) in units of 10^-p.
func lnFixed(d Decimal, p int) *big.Int {
	w := p + 12
	c := d.coef()
	// d = m × 10^k with 0.1 <= m < 1; near 1 from above m keeps one digit more.
	k := c.digits() + int(d.exp)
	if k == 1 && c.cmp(pow10[c.digits()-1].mul64(2)) < 0 {
		k = 0
	}
	m := toFixed(Decimal{hi: c.hi, lo: c.lo, exp: d.exp - int32(k)}, w)
	r := lnReduced(m, w)
	if k != 0 {
		r.Add(r, new(big.Int).Mul(big.NewInt(int64(k)), ln10Fixed(w)))
	}
	return r.Quo(r, bigPow10(12))
}

// lnReduced is ln(m × 10^-w) × 10^w for m around 1, by square roots and the
// series of the inverse hyperbolic tangent.
func lnReduced(m *big.Int, w int) *big.Int {
	const roots = 4
	unit := bigPow10(w)
	x := new(big.Int).Set(m)
	for range roots {
		x.Mul(x, unit).Sqrt(x)
	}
	num := new(big.Int).Sub(x, unit)
	den := new(big.Int).Add(x, unit)
	t := num.Mul(num, unit).Quo(num, den)
	square := new(big.Int).Mul(t, t)
	square.Quo(square, unit)
	sum, power := new(big.Int).Set(t), new(big.Int).Set(t)
	for k := int64(3); ; k += 2 {
		power.Mul(power, square).Quo(power, unit)
		if power.Sign() == 0 {
			break
		}
		sum.Add(sum, new(big.Int).Quo(power, big.NewInt(k)))
	}
	return sum.Lsh(sum, roots+1)
}

// ln10Text holds ln 10 to 120 digits after the point.
const ln10Text = "2302585092994045684017991454684364207601101488628772976033327900967572609677352480235997205089598298341967784042286248633"

// ln10Fixed is ln 10 in units of 10^-w.
func ln10Fixed(w int) *big.Int {
	if w <= len(ln10Text)-1 {
		v, _ := new(big.Int).SetString(ln10Text[:w+1], 10)
		return v
	}
	tenth := bigPow10(w + 11)
	r := lnReduced(tenth, w+12)
	return r.Neg(r).Quo(r, bigPow10(12))
}
