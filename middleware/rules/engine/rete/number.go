package rete

import (
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// bigWork is what one operation on a number that is not small costs.
const bigWork = 8

// arithmetic applies + - * / div mod to two numbers. It gives false when the
// result is out of range, an int result is not exact, or a divisor is zero.
func (s *Session) arithmetic(op model.Op, typ model.Type, a, b cell) (cell, bool) {
	if a.small() && b.small() {
		switch op {
		case model.OpAdd:
			if sum := int64(a) + int64(b); (sum^int64(a))&(sum^int64(b)) >= 0 {
				return cell(sum), true
			}
		case model.OpSub:
			if diff := int64(a) - int64(b); (int64(a)^int64(b))&(diff^int64(a)) >= 0 {
				return cell(diff), true
			}
		case model.OpMul:
			if p, ok := smallProduct(a.int(), b.int()); ok {
				return smallCell(p), true
			}
		case model.OpIntDiv, model.OpMod, model.OpDiv:
			if c, ok := smallQuotient(op, a.int(), b.int()); ok {
				return c, true
			}
		}
	}
	return s.bigArithmetic(op, typ, a, b)
}

func smallProduct(x, y int64) (int64, bool) {
	hi, lo := bits.Mul64(magnitude(x), magnitude(y))
	if hi != 0 || lo > maxSmall {
		return 0, false
	}
	if (x < 0) != (y < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return uint64(-x)
	}
	return uint64(x)
}

// smallQuotient divides with truncation toward zero; mod takes the sign of the
// dividend. It gives false when the exact quotient is no small integer.
func smallQuotient(op model.Op, x, y int64) (cell, bool) {
	if y == 0 || x == minSmall && y == -1 {
		return 0, false
	}
	switch {
	case op == model.OpMod:
		return smallCell(x % y), true
	case op == model.OpIntDiv || x%y == 0:
		return smallCell(x / y), true
	}
	return 0, false
}

func (s *Session) bigArithmetic(op model.Op, typ model.Type, a, b cell) (cell, bool) {
	s.work += bigWork
	var xs, ys apd.Decimal
	x, y := s.sym.decimal(a, &xs), s.sym.decimal(b, &ys)
	z := new(apd.Decimal)
	var cond apd.Condition
	var err error
	switch op {
	case model.OpAdd:
		cond, err = model.Arithmetic.Add(z, x, y)
	case model.OpSub:
		cond, err = model.Arithmetic.Sub(z, x, y)
	case model.OpMul:
		cond, err = model.Arithmetic.Mul(z, x, y)
	case model.OpDiv:
		cond, err = model.Arithmetic.Quo(z, x, y)
	case model.OpIntDiv:
		cond, err = model.Arithmetic.QuoInteger(z, x, y)
	case model.OpMod:
		cond, err = model.Arithmetic.Rem(z, x, y)
	}
	if err != nil || cond.Underflow() || typ == model.Int && cond.Inexact() {
		return 0, false
	}
	return s.number(z, typ)
}

// number interns a result and checks that it fits its type.
func (s *Session) number(d *apd.Decimal, typ model.Type) (cell, bool) {
	c, ok := s.sym.internNumber(d)
	return c, ok && (typ != model.Int || s.sym.integral(c))
}

// compareNumbers gives -1, 0 or 1.
func (s *Session) compareNumbers(a, b cell) int {
	if a.small() && b.small() {
		switch {
		case int64(a) < int64(b):
			return -1
		case int64(a) > int64(b):
			return 1
		}
		return 0
	}
	s.work += bigWork
	var xs, ys apd.Decimal
	return s.sym.decimal(a, &xs).Cmp(s.sym.decimal(b, &ys))
}

func (s *Session) negate(a cell) (cell, bool) {
	if a.small() && a.int() != minSmall {
		return smallCell(-a.int()), true
	}
	s.work += bigWork
	var xs apd.Decimal
	z := new(apd.Decimal)
	z.Neg(s.sym.decimal(a, &xs))
	return s.sym.internNumber(z)
}

// round rounds to the given number of fraction digits, half-even. A negative
// number of digits rounds left of the point.
func (s *Session) round(a cell, digits int64, rounding apd.Rounder, typ model.Type) (cell, bool) {
	if a.small() && digits >= 0 {
		return a, true
	}
	if digits > -model.MinExponent || digits < -model.MaxExponent {
		return 0, false
	}
	s.work += bigWork
	var xs apd.Decimal
	x := s.sym.decimal(a, &xs)
	if int64(x.Exponent) >= -digits {
		return a, typ != model.Int || s.sym.integral(a)
	}
	ctx := model.Arithmetic
	ctx.Rounding = rounding
	z := new(apd.Decimal)
	if _, err := ctx.Quantize(z, x, int32(-digits)); err != nil {
		return 0, false
	}
	return s.number(z, typ)
}
