package rete

import (
	"encoding/binary"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// expr is an expression tree ready to be evaluated.
type expr struct {
	op    model.Op
	typ   model.Type
	x     [3]*expr
	args  []*expr
	ref   ref
	value cell
	index uint32 // parameter, local or function
	// operand is the type of the first operand, which comparisons go by.
	operand model.Type
}

// exprBuilder turns the nodes of one rule or function into trees. The model is
// verified, so indexes and types hold.
type exprBuilder struct {
	e      *Engine
	code   *model.Code
	params []model.Type
	locals []model.Type
	levels []model.Level
	at     []int // chain index of the node that matches each level
	here   int   // chain index of the node that evaluates
}

func (b *exprBuilder) build(i uint32) *expr {
	n := b.code.Nodes[i]
	x := &expr{op: n.Op}
	switch n.Op {
	case model.OpConst:
		x.value, x.typ = b.e.consts[n.A], b.e.model.Consts[n.A].Type
	case model.OpField:
		x.ref = ref{hops: uint16(b.here - b.at[n.A]), slot: uint16(n.B)}
		x.typ = b.fieldType(n)
	case model.OpParam:
		x.index, x.typ = n.A, b.params[n.A]
	case model.OpLocal:
		x.index, x.typ = n.A, b.locals[n.A]
	case model.OpCall:
		x.index, x.typ = n.A, b.e.model.Functions[n.A].Result
		for _, arg := range b.code.Args[n.B : n.B+n.C] {
			x.args = append(x.args, b.build(arg))
		}
	default:
		b.operation(x, n)
	}
	return x
}

func (b *exprBuilder) fieldType(n model.Node) model.Type {
	level := b.levels[n.A]
	if level.Results != nil {
		return level.Results[n.B]
	}
	return b.e.model.Templates[level.Template].Slots[n.B].Type
}

func (b *exprBuilder) operation(x *expr, n model.Node) {
	var types [3]model.Type
	arity := n.Op.Arity()
	operands := [...]uint32{n.A, n.B, n.C}
	for k, operand := range operands[:arity] {
		x.x[k] = b.build(operand)
		types[k] = x.x[k].typ
	}
	x.operand = types[0]
	x.typ, _ = model.ResultType(n.Op, types[:arity])
}

// test turns a boolean expression into a test, without a tree where it compares
// two slots or a slot with a constant.
func (b *exprBuilder) test(i uint32) test { return newTest(b.build(i)) }

var mirrored = map[model.Op]model.Op{model.OpEq: model.OpEq, model.OpNe: model.OpNe,
	model.OpLt: model.OpGt, model.OpGt: model.OpLt, model.OpLe: model.OpGe, model.OpGe: model.OpLe}

func newTest(x *expr) test {
	t := compactTest(x)
	t.cost = 1
	x.fields(func(r ref) { t.cost = max(t.cost, 1+r.far()) })
	return t
}

// far is what reading the slot costs for the tokens passed on the way up.
func (r ref) far() uint64 { return uint64(r.hops) / 16 }

func compactTest(x *expr) test {
	if x.op == model.OpField {
		return test{op: model.OpEq, typ: x.typ, a: x.ref, value: cellTrue}
	}
	if _, comparison := mirrored[x.op]; !comparison {
		return test{tree: x}
	}
	l, r, op := x.x[0], x.x[1], x.op
	if l.op != model.OpField || r.op == model.OpField && r.ref.hops == 0 && l.ref.hops != 0 {
		l, r, op = r, l, mirrored[op]
	}
	t := test{op: op, typ: x.operand, a: l.ref}
	switch {
	case l.op == model.OpField && r.op == model.OpField:
		t.b, t.isRef = r.ref, true
	case l.op == model.OpField && r.op == model.OpConst:
		t.value = r.value
	default:
		return test{tree: x}
	}
	return t
}

// appendKey appends bytes that equal tests, and only they, have in common.
func (t *test) appendKey(out []byte) []byte {
	if t.tree != nil {
		return t.tree.appendKey(append(out, 0))
	}
	out = t.a.appendKey(append(out, byte(t.op)))
	if t.isRef {
		return t.b.appendKey(append(out, 1))
	}
	return binary.BigEndian.AppendUint64(append(out, 0), uint64(t.value))
}

func (r ref) appendKey(out []byte) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(out, r.hops), r.slot)
}

func (x *expr) appendKey(out []byte) []byte {
	out = x.ref.appendKey(append(out, byte(x.op), byte(x.typ)))
	out = binary.BigEndian.AppendUint32(out, x.index)
	out = binary.BigEndian.AppendUint64(out, uint64(x.value))
	for _, operand := range x.x {
		if operand != nil {
			out = operand.appendKey(out)
		}
	}
	for _, arg := range x.args {
		out = arg.appendKey(out)
	}
	return out
}

// fields calls f for each slot that x reads.
func (x *expr) fields(f func(ref)) {
	if x.op == model.OpField {
		f(x.ref)
	}
	for _, operand := range x.x {
		if operand != nil {
			operand.fields(f)
		}
	}
	for _, arg := range x.args {
		arg.fields(f)
	}
}
