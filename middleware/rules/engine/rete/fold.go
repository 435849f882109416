package rete

import (
	"math/bits"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// addToFold takes the value of the end token t into fold i of an owner, or out
// of it again.
func (s *Session) addToFold(k *fold, o uint32, i int, t uint32, add bool) {
	if k.fn == model.Count {
		return
	}
	v, ok := s.eval(k.expr, &env{token: t})
	s.pay()
	own := &s.owners[o]
	f := &own.folds[i]
	switch {
	case !ok && add:
		f.failed++
	case !ok:
		f.failed--
	case k.fn == model.Sum || k.fn == model.Average:
		s.addToSum(f, v, add)
	case k.fn == model.Collect:
	case !add:
		f.valid = f.valid && f.best != v
	case own.count-f.failed == 1:
		f.best, f.valid = v, true
	case f.valid && s.better(k, v, f.best):
		f.best = v
	}
}

// wide is an integer of 128 bits: no number of small values overflows it.
type wide struct {
	hi int64
	lo uint64
}

func (w *wide) add(x int64) {
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, uint64(x), 0)
	w.hi += x>>63 + int64(carry)
}

// int gives w when it is small.
func (w wide) int() (int64, bool) {
	x := int64(w.lo)
	return x, w.hi == x>>63 && x >= minSmall && x <= maxSmall
}

func (s *Session) addToSum(f *foldState, v cell, add bool) {
	if v.small() {
		x := v.int()
		if !add {
			x = -x
		}
		f.small.add(x)
		return
	}
	s.work += bigWork
	x := new(apd.Decimal).Set(s.sym.big(v))
	if !add {
		x.Neg(x)
	}
	if f.big != nil {
		exactAdd(x, f.big, x)
	}
	f.big = x
	if x.IsZero() {
		f.big = nil
	}
}

// exactAdd never rounds: the exponents of numbers are bounded, so is the result.
func exactAdd(z, x, y *apd.Decimal) {
	exact := apd.BaseContext
	exact.Traps = 0
	_, _ = exact.Add(z, x, y) // without traps there is no error
}

// better tells whether a comes before b for a min, after it for a max.
func (s *Session) better(k *fold, a, b cell) bool {
	op := model.OpLt
	if k.fn == model.Max {
		op = model.OpGt
	}
	return s.compare(op, k.typ, a, b)
}

// foldResults computes the results of an accumulate; false when one has none.
func (s *Session) foldResults(n *node, o uint32) ([]cell, bool) {
	own := &s.owners[o]
	ok := true
	for i := range n.folds {
		k, f := &n.folds[i], &own.folds[i]
		extreme := k.fn == model.Min || k.fn == model.Max
		ok = ok && f.failed == 0 && (own.count > 0 || !extreme && k.fn != model.Average)
		if extreme && !f.valid {
			s.rescan(k, own, f)
		}
	}
	if !ok {
		return nil, false
	}
	results := s.results[:0]
	for i := range n.folds {
		c, ok := s.foldResult(&n.folds[i], own, i)
		if !ok {
			return nil, false
		}
		results = append(results, c)
	}
	for i := range n.folds { // lists come last: nothing may fail after them
		if n.folds[i].fn == model.Collect {
			results[i] = s.collect(&n.folds[i], n, o)
		}
	}
	s.results = results
	return results, true
}

func (s *Session) foldResult(k *fold, own *owner, i int) (cell, bool) {
	f := &own.folds[i]
	switch k.fn {
	case model.Count:
		return smallCell(int64(own.count)), true
	case model.Sum:
		return s.sumResult(k, f)
	case model.Average:
		return s.average(f, int64(own.count))
	case model.Collect:
		return 0, true
	}
	return f.best, true
}

func (f *foldState) total() *apd.Decimal {
	high := new(apd.BigInt).Lsh(apd.NewBigInt(f.small.hi), 64)
	z := apd.NewWithBigInt(high.Add(high, new(apd.BigInt).SetUint64(f.small.lo)), 0)
	if f.big != nil {
		exactAdd(z, z, f.big)
	}
	return z
}

func (s *Session) sumResult(k *fold, f *foldState) (cell, bool) {
	if x, ok := f.small.int(); ok && f.big == nil {
		return smallCell(x), true
	}
	s.work += bigWork
	z := f.total()
	if cond, err := model.Arithmetic.Round(z, z); err != nil || k.typ == model.Int && cond.Inexact() {
		return 0, false
	}
	return s.number(z, k.typ)
}

func (s *Session) average(f *foldState, count int64) (cell, bool) {
	if x, ok := f.small.int(); ok && f.big == nil && x%count == 0 {
		return smallCell(x / count), true
	}
	s.work += bigWork
	z := f.total()
	if _, err := model.Arithmetic.Quo(z, z, apd.New(count, 0)); err != nil {
		return 0, false
	}
	return s.number(z, model.Decimal)
}

// rescan finds the extreme again after it has left.
func (s *Session) rescan(k *fold, own *owner, f *foldState) {
	for t := own.ends; t != 0; t = s.tokens[t].next {
		s.step()
		if v, ok := s.eval(k.expr, &env{token: t}); ok && (!f.valid || s.better(k, v, f.best)) {
			f.best, f.valid = v, true
		}
	}
}

func (s *Session) collect(k *fold, n *node, o uint32) cell {
	ends := s.endTokens(n, o)
	values := make([]cell, len(ends))
	for i, t := range ends {
		values[i], _ = s.eval(k.expr, &env{token: t})
	}
	return s.newList(values)
}
