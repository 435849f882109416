package rete

import (
	"strings"
	"unicode/utf8"

	"github.com/cockroachdb/apd/v3"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// MaxString is the largest string an expression may make, in bytes.
const MaxString = 64 << 10

// env is what an expression sees.
type env struct {
	token  uint32
	fact   uint32
	params []cell
	locals []cell
}

// field reads a slot through the token and fact at hand.
func (s *Session) field(r ref, t, f uint32) cell {
	if r.hops > 0 {
		for h := r.hops; h > 1; h-- {
			t = s.tokens[t].parent
		}
		f = s.tokens[t].fact
	}
	return s.cells[s.facts[f].cells+uint32(r.slot)]
}

// passes tells whether all tests hold; one that cannot be evaluated does not.
func (s *Session) passes(tests []test, t, f uint32) bool {
	for i := range tests {
		if !s.holds(&tests[i], t, f) {
			return false
		}
	}
	return true
}

func (s *Session) holds(k *test, t, f uint32) bool {
	s.work += k.cost
	if k.tree != nil {
		v, ok := s.eval(k.tree, &env{token: t, fact: f})
		s.pay()
		return ok && v == cellTrue
	}
	a, b := s.field(k.a, t, f), k.value
	if k.isRef {
		b = s.field(k.b, t, f)
	}
	return s.compare(k.op, k.typ, a, b)
}

func (s *Session) compare(op model.Op, typ model.Type, a, b cell) bool {
	switch op {
	case model.OpEq:
		return a == b
	case model.OpNe:
		return a != b
	}
	var d int
	if typ == model.String {
		d = s.compareTexts(a, b)
	} else {
		d = s.compareNumbers(a, b)
	}
	switch op {
	case model.OpLt:
		return d < 0
	case model.OpLe:
		return d <= 0
	case model.OpGt:
		return d > 0
	}
	return d >= 0
}

func (s *Session) compareTexts(a, b cell) int {
	x, y := s.sym.text(a), s.sym.text(b)
	s.work += uint64(min(len(x), len(y))) / 32
	return strings.Compare(x, y)
}

// eval gives the value of x, or false when it has none: a number out of range,
// a division by zero, a string too long.
func (s *Session) eval(x *expr, v *env) (cell, bool) {
	s.work++
	switch x.op {
	case model.OpConst:
		return x.value, true
	case model.OpField:
		s.work += x.ref.far()
		return s.field(x.ref, v.token, v.fact), true
	case model.OpParam:
		return v.params[x.index], true
	case model.OpLocal:
		return v.locals[x.index], true
	case model.OpCall:
		return s.call(x, v)
	}
	a, ok := s.eval(x.x[0], v)
	if !ok {
		return 0, false
	}
	switch x.op { // these may leave operands unevaluated
	case model.OpAnd:
		if a == cellFalse {
			return a, true
		}
		return s.eval(x.x[1], v)
	case model.OpOr:
		if a == cellTrue {
			return a, true
		}
		return s.eval(x.x[1], v)
	case model.OpIf:
		if a == cellTrue {
			return s.eval(x.x[1], v)
		}
		return s.eval(x.x[2], v)
	}
	if x.x[1] == nil {
		return s.unary(x, a)
	}
	b, ok := s.eval(x.x[1], v)
	if !ok {
		return 0, false
	}
	return s.binary(x, a, b, v)
}

func (s *Session) call(x *expr, v *env) (cell, bool) {
	inner := env{params: make([]cell, len(x.args))}
	for i, arg := range x.args {
		var ok bool
		if inner.params[i], ok = s.eval(arg, v); !ok {
			return 0, false
		}
	}
	s.pay()
	return s.eval(s.engine.functions[x.index], &inner)
}

func (s *Session) unary(x *expr, a cell) (cell, bool) {
	switch x.op {
	case model.OpNot:
		return a ^ 1, true
	case model.OpNeg:
		return s.negate(a)
	case model.OpAbs:
		if s.compareNumbers(a, smallCell(0)) < 0 {
			return s.negate(a)
		}
		return a, true
	case model.OpFloor:
		return s.round(a, 0, apd.RoundFloor, model.Int)
	case model.OpCeiling:
		return s.round(a, 0, apd.RoundCeiling, model.Int)
	case model.OpText:
		return s.textOf(x.operand, a), true
	case model.OpSize:
		return smallCell(int64(len(s.lists[a]))), true
	}
	text := s.sym.text(a)
	s.work += uint64(len(text)) / 32
	switch x.op {
	case model.OpLength:
		return smallCell(int64(utf8.RuneCountInString(text))), true
	case model.OpUpper:
		return s.made(mapASCII(text, 'a', 'z')), true
	case model.OpLower:
		return s.made(mapASCII(text, 'A', 'Z')), true
	}
	return 0, false
}

// made interns a text that an expression made. It costs what its memory is worth:
// a session keeps every text it has met.
func (s *Session) made(text string) cell {
	s.work += uint64(len(text)) / 4
	return s.sym.internText(text)
}

// mapASCII changes the case of the letters from first to last; other characters
// stay as they are, so that no Unicode table can move a result.
func mapASCII(s string, first, last byte) string {
	out := []byte(s)
	for i, c := range out {
		if c >= first && c <= last {
			out[i] = c ^ 0x20
		}
	}
	return string(out)
}

func (s *Session) textOf(t model.Type, a cell) cell {
	switch t {
	case model.Boolean:
		if a == cellTrue {
			return s.made("true")
		}
		return s.made("false")
	case model.String:
		return a
	}
	s.work++
	return s.made(s.sym.numberText(a))
}

func (s *Session) binary(x *expr, a, b cell, v *env) (cell, bool) {
	switch x.op {
	case model.OpEq, model.OpNe, model.OpLt, model.OpLe, model.OpGt, model.OpGe:
		return boolCell(s.compare(x.op, x.operand, a, b)), true
	case model.OpAdd, model.OpSub, model.OpMul, model.OpDiv, model.OpIntDiv, model.OpMod:
		return s.arithmetic(x.op, x.typ, a, b)
	case model.OpMin, model.OpMax:
		if (s.compareNumbers(a, b) <= 0) == (x.op == model.OpMin) {
			return a, true
		}
		return b, true
	case model.OpRound:
		if !b.small() {
			return 0, false
		}
		return s.round(a, b.int(), apd.RoundHalfEven, model.Decimal)
	case model.OpMember:
		list := s.lists[b]
		s.work += uint64(len(list))
		for _, item := range list {
			if item == a {
				return cellTrue, true
			}
		}
		return cellFalse, true
	case model.OpSubstring:
		c, ok := s.eval(x.x[2], v)
		if !ok {
			return 0, false
		}
		return s.substring(a, b, c)
	}
	return s.textBinary(x.op, s.sym.text(a), s.sym.text(b))
}

func (s *Session) textBinary(op model.Op, a, b string) (cell, bool) {
	s.work += uint64(len(a)+len(b)) / 32
	switch op {
	case model.OpConcat:
		if len(a)+len(b) > MaxString {
			return 0, false
		}
		return s.made(a + b), true
	case model.OpContains:
		return boolCell(strings.Contains(a, b)), true
	case model.OpStartsWith:
		return boolCell(strings.HasPrefix(a, b)), true
	}
	return boolCell(strings.HasSuffix(a, b)), true
}

// substring gives count code points from the 1-based position start; positions
// beyond the text give what there is.
func (s *Session) substring(a, start, count cell) (cell, bool) {
	if !start.small() || !count.small() || start.int() < 1 || count.int() < 0 {
		return 0, false
	}
	text := s.sym.text(a)
	s.work += uint64(len(text)) / 32
	from, to, position := len(text), len(text), int64(1)
	for i := range text {
		if position == start.int() {
			from = i
		}
		if position >= start.int() && position-start.int() == count.int() {
			to = i
			break
		}
		position++
	}
	return s.made(text[from:max(from, to)]), true
}
