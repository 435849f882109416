package decimal

import "math/bits"

// u128 is an unsigned 128-bit integer.
type u128 struct{ hi, lo uint64 }

func (a u128) isZero() bool { return a.hi|a.lo == 0 }

func (a u128) cmp(b u128) int {
	switch {
	case a.hi != b.hi:
		if a.hi < b.hi {
			return -1
		}
		return 1
	case a.lo != b.lo:
		if a.lo < b.lo {
			return -1
		}
		return 1
	}
	return 0
}

func (a u128) add(b u128) u128 {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return u128{hi, lo}
}

func (a u128) sub(b u128) u128 {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return u128{hi, lo}
}

func (a u128) mul64(m uint64) u128 {
	h, l := bits.Mul64(a.lo, m)
	return u128{a.hi*m + h, l}
}

// div64 is quotient and remainder by d.
func (a u128) div64(d uint64) (u128, uint64) {
	if a.hi == 0 {
		return u128{0, a.lo / d}, a.lo % d
	}
	qh, r := a.hi/d, a.hi%d
	ql, r := bits.Div64(r, a.lo, d)
	return u128{qh, ql}, r
}

func (a u128) bitLen() int {
	if a.hi != 0 {
		return 64 + bits.Len64(a.hi)
	}
	return bits.Len64(a.lo)
}

// digits counts decimal digits; 0 has none.
func (a u128) digits() int {
	n := a.bitLen() * 1233 >> 12
	if n < len(pow10) && a.cmp(pow10[n]) >= 0 {
		n++
	}
	return n
}

// mulPow10 is a × 10^n, which must fit.
func (a u128) mulPow10(n int) u128 {
	for n > 19 {
		a, n = a.mul64(pow10[19].lo), n-19
	}
	if n == 0 {
		return a
	}
	return a.mul64(pow10[n].lo)
}

// divPow10 is the quotient by 10^n, n at most 19, and the remainder.
func (a u128) divPow10(n int) (u128, uint64) { return a.div64(pow10[n].lo) }

// roundHalfEven drops the last n of a's digits.
func (a u128) roundHalfEven(n, digits int) u128 {
	if n > digits {
		return u128{}
	}
	var sticky bool
	for n > 19 {
		var r uint64
		a, r = a.divPow10(19)
		sticky = sticky || r != 0
		n -= 19
	}
	q, r := a.divPow10(n)
	half := pow10[n].lo / 2
	if r > half || r == half && (sticky || q.lo&1 == 1) {
		q = q.add(u128{0, 1})
	}
	return q
}

// pow10 holds 10^0 to 10^38, all that 128 bits hold.
var pow10 = func() (t [39]u128) {
	t[0] = u128{0, 1}
	for i := 1; i < len(t); i++ {
		t[i] = t[i-1].mul64(10)
	}
	return t
}()
