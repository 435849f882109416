package ruletext

import "github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"

// patternScope gives bare names a meaning inside a pattern: slots of its fact.
type patternScope struct {
	template uint32
	level    uint32
}

var binaryOps = map[string]model.Op{"||": model.OpOr, "&&": model.OpAnd,
	"==": model.OpEq, "!=": model.OpNe, "<": model.OpLt, "<=": model.OpLe, ">": model.OpGt, ">=": model.OpGe,
	"+": model.OpAdd, "-": model.OpSub, "*": model.OpMul, "/": model.OpDiv, "%": model.OpMod}

// expr compiles x outside a pattern and gives its root node and type.
func (c *compiler) expr(x Expr) (uint32, model.Type) { return c.exprIn(x, nil) }

// exprOf compiles x where a value of type want is expected.
func (c *compiler) exprOf(x Expr, want model.Type, what string) uint32 {
	i, t := c.expr(x)
	if !t.AssignableTo(want) {
		c.fail(x.pos(), "%s is %s, expected %s", what, t, want)
	}
	return i
}

func (c *compiler) emit(n model.Node) uint32 {
	c.code.Nodes = append(c.code.Nodes, n)
	return uint32(len(c.code.Nodes) - 1)
}

func (c *compiler) exprIn(x Expr, self *patternScope) (uint32, model.Type) {
	if len(c.code.Nodes) >= model.MaxNodes {
		c.fail(x.pos(), "the expressions here have more than %d parts", model.MaxNodes)
	}
	switch x := x.(type) {
	case *Literal:
		return c.emit(model.Node{Op: model.OpConst, A: c.constant(x.Type, x.Text)}), x.Type
	case *Name:
		return c.name(x, self)
	case *Var:
		return c.variable(x)
	case *Unary:
		op := model.OpNeg
		if x.Op == "!" {
			op = model.OpNot
		}
		return c.operation(x.Pos, op, self, x.X)
	case *Binary:
		return c.operation(x.Pos, binaryOps[x.Op], self, x.X, x.Y)
	case *In:
		return c.in(x, self)
	}
	return c.call(x.(*Call), self)
}

func (c *compiler) name(x *Name, self *patternScope) (uint32, model.Type) {
	if self != nil {
		slot, t := c.slot(x.Pos, self.template, x.Name)
		return c.emit(model.Node{Op: model.OpField, A: self.level, B: slot}), t
	}
	for i, p := range c.params {
		if p.Name == x.Name {
			return c.emit(model.Node{Op: model.OpParam, A: uint32(i)}), p.Type
		}
	}
	c.fail(x.Pos, "%s has no meaning here, expected a variable such as $%s", x.Name, x.Name)
	return 0, 0
}

func (c *compiler) variable(x *Var) (uint32, model.Type) {
	b := c.lookup(x.Pos, x.Name)
	if b.kind == factBinding {
		if x.Slot == "" {
			c.fail(x.Pos, "$%s is a fact, expected one of its slots such as $%s.%s", x.Name, x.Name, c.firstSlot(b.template))
		}
		slot, t := c.slot(x.Pos, b.template, x.Slot)
		return c.emit(model.Node{Op: model.OpField, A: b.level, B: slot}), t
	}
	if x.Slot != "" {
		c.fail(x.Pos, "$%s is a value and has no slots", x.Name)
	}
	if b.kind == localBinding {
		return c.emit(model.Node{Op: model.OpLocal, A: b.index}), b.typ
	}
	return c.emit(model.Node{Op: model.OpField, A: b.level, B: b.index}), b.typ
}

func (c *compiler) firstSlot(template uint32) string {
	if slots := c.model.Templates[template].Slots; len(slots) > 0 {
		return slots[0].Name
	}
	return "slot"
}

func (c *compiler) operation(pos Pos, op model.Op, self *patternScope, operands ...Expr) (uint32, model.Type) {
	var nodes [3]uint32
	var types [3]model.Type
	if op.Arity() != len(operands) {
		c.fail(pos, "%s expects %d arguments, found %d", op, op.Arity(), len(operands))
	}
	for i, x := range operands {
		nodes[i], types[i] = c.exprIn(x, self)
	}
	if op == model.OpAdd && types[0] == model.String && types[1] == model.String {
		op = model.OpConcat
	}
	t, err := model.ResultType(op, types[:len(operands)])
	if err != nil {
		c.fail(pos, "%v", err)
	}
	return c.emit(model.Node{Op: op, A: nodes[0], B: nodes[1], C: nodes[2]}), t
}

// in compiles x in (a, b) to x == a || x == b.
func (c *compiler) in(x *In, self *patternScope) (uint32, model.Type) {
	var any Expr
	for _, item := range x.List {
		var eq Expr = &Binary{Pos: item.pos(), Op: "==", X: x.X, Y: item}
		if any != nil {
			eq = &Binary{Pos: x.Pos, Op: "||", X: any, Y: eq}
		}
		any = eq
	}
	if x.Not {
		any = &Unary{Pos: x.Pos, Op: "!", X: any}
	}
	return c.exprIn(any, self)
}

func (c *compiler) call(x *Call, self *patternScope) (uint32, model.Type) {
	if op, ok := model.Builtins[x.Func]; ok {
		return c.operation(x.Pos, op, self, x.Args...)
	}
	f, ok := c.functions[x.Func]
	if !ok {
		c.fail(x.Pos, "function %s is not declared before this line", x.Func)
	}
	fn := &c.model.Functions[f]
	if len(x.Args) != len(fn.Params) {
		c.fail(x.Pos, "%s expects %d arguments, found %d", x.Func, len(fn.Params), len(x.Args))
	}
	first := len(c.code.Args)
	c.code.Args = append(c.code.Args, make([]uint32, len(x.Args))...)
	for i, arg := range x.Args {
		node, t := c.exprIn(arg, self)
		if !t.AssignableTo(fn.Params[i]) {
			c.fail(arg.pos(), "argument %d of %s is %s, expected %s", i+1, x.Func, t, fn.Params[i])
		}
		c.code.Args[first+i] = node
	}
	return c.emit(model.Node{Op: model.OpCall, A: f, B: uint32(first), C: uint32(len(x.Args))}), fn.Result
}
