package rete

import (
	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// cell is a value in 64 bits; its type is known statically. A boolean is 0 or
// 1, a string an index into the symbols. A number with the lowest bit clear is
// an integer of 63 bits above that bit, with the bit set it is an index into
// the symbols' numbers. Every value has one cell, so equality is ==.
type cell uint64

const (
	cellFalse cell = 0
	cellTrue  cell = 1

	maxSmall = 1<<62 - 1
	minSmall = -1 << 62
)

func boolCell(b bool) cell {
	if b {
		return cellTrue
	}
	return cellFalse
}

// smallCell is the cell of an integer between minSmall and maxSmall.
func smallCell(i int64) cell { return cell(i << 1) }

func (c cell) small() bool { return c&1 == 0 }

// int is the integer of a small number.
func (c cell) int() int64 { return int64(c) >> 1 }

// symbols interns strings and the numbers that are not small. A session's table
// continues the immutable one of its engine.
type symbols struct {
	base     *symbols
	strings  []string
	numbers  []*apd.Decimal
	byText   map[string]uint32
	byNumber map[string]uint32
	size     int // bytes of the strings and of what numbers are looked up by
}

func newSymbols(base *symbols) *symbols { return &symbols{base: base} }

func (y *symbols) baseStrings() int {
	if y.base == nil {
		return 0
	}
	return len(y.base.strings)
}

func (y *symbols) baseNumbers() int {
	if y.base == nil {
		return 0
	}
	return len(y.base.numbers)
}

func (y *symbols) text(c cell) string {
	if n := y.baseStrings(); int(c) >= n {
		return y.strings[int(c)-n]
	}
	return y.base.strings[c]
}

func (y *symbols) internText(s string) cell {
	if y.base != nil {
		if i, ok := y.base.byText[s]; ok {
			return cell(i)
		}
	}
	i, ok := y.byText[s]
	if !ok {
		if y.byText == nil {
			y.byText = map[string]uint32{}
		}
		i = uint32(y.baseStrings() + len(y.strings))
		y.strings = append(y.strings, s)
		y.size += len(s)
		y.byText[s] = i
	}
	return cell(i)
}

// big gives a number that is not small. The result must not be changed.
func (y *symbols) big(c cell) *apd.Decimal {
	i := int(c >> 1)
	if n := y.baseNumbers(); i >= n {
		return y.numbers[i-n]
	}
	return y.base.numbers[i]
}

// decimal gives any number as a decimal, in scratch if it is small.
func (y *symbols) decimal(c cell, scratch *apd.Decimal) *apd.Decimal {
	if !c.small() {
		return y.big(c)
	}
	return scratch.SetInt64(c.int())
}

// internNumber gives the cell of d, which it may keep and change, and false
// when d is out of range.
func (y *symbols) internNumber(d *apd.Decimal) (cell, bool) {
	if !model.Reduce(d) {
		return 0, false
	}
	if d.Exponent >= 0 && d.Exponent < 19 && d.NumDigits() < 20 {
		if i, err := d.Int64(); err == nil && i >= minSmall && i <= maxSmall {
			return smallCell(i), true
		}
	}
	key := model.FormatNumber(d)
	if y.base != nil {
		if i, ok := y.base.byNumber[key]; ok {
			return cell(i)<<1 | 1, true
		}
	}
	i, ok := y.byNumber[key]
	if !ok {
		if y.byNumber == nil {
			y.byNumber = map[string]uint32{}
		}
		i = uint32(y.baseNumbers() + len(y.numbers))
		y.numbers = append(y.numbers, d)
		y.size += len(key)
		y.byNumber[key] = i
	}
	return cell(i)<<1 | 1, true
}

// numberText spells a number canonically.
func (y *symbols) numberText(c cell) string {
	var scratch apd.Decimal
	return model.FormatNumber(y.decimal(c, &scratch))
}

// integral tells whether a number may be the value of an int.
func (y *symbols) integral(c cell) bool { return c.small() || model.Integral(y.big(c)) }
