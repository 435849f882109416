package model

import (
	"fmt"
)

// Level is what an expression can see at one level: a fact of a template, or
// the results of an accumulate when Results is not nil.
type Level struct {
	Template uint32
	Results  []Type
}

type exprChecker struct {
	m        *Model
	code     *Code
	used     []bool
	argsUsed int
	levels   []Level
	params   []Type
	locals   []Type
	callable int // functions with a smaller index may be called
}

func newExprChecker(m *Model, code *Code) (*exprChecker, error) {
	if err := limit("expression nodes", len(code.Nodes), MaxNodes); err != nil {
		return nil, err
	}
	if err := limit("arguments", len(code.Args), MaxNodes); err != nil {
		return nil, err
	}
	return &exprChecker{m: m, code: code, used: make([]bool, len(code.Nodes))}, nil
}

func (x *exprChecker) allUsed() error {
	for i, used := range x.used {
		if !used {
			return fmt.Errorf("expression node %d belongs to no expression", i)
		}
	}
	if x.argsUsed != len(x.code.Args) {
		return fmt.Errorf("%d arguments, %d are used", len(x.code.Args), x.argsUsed)
	}
	return nil
}

func (x *exprChecker) tests(roots []uint32) error {
	for _, root := range roots {
		t, err := x.check(root)
		if err != nil {
			return err
		}
		if t != Boolean {
			return fmt.Errorf("a constraint is %s, expected boolean", t)
		}
	}
	return nil
}

func (x *exprChecker) fold(f Fold) (Type, error) {
	if f.Func == Count {
		if f.Expr != 0 {
			return Invalid, fmt.Errorf("count takes no expression")
		}
		return Int, nil
	}
	t, err := x.check(f.Expr)
	if err != nil {
		return Invalid, err
	}
	return FoldType(f.Func, t)
}

// check types the tree whose root is the given node.
func (x *exprChecker) check(root uint32) (Type, error) { return x.node(root, 0) }

func (x *exprChecker) node(i uint32, depth int) (Type, error) {
	if int(i) >= len(x.used) || x.used[i] {
		return Invalid, fmt.Errorf("expression node %d is out of range or used twice", i)
	}
	if depth >= MaxExprDepth {
		return Invalid, fmt.Errorf("an expression nests deeper than %d", MaxExprDepth)
	}
	x.used[i] = true
	n := x.code.Nodes[i]
	switch n.Op {
	case OpConst:
		if int(n.A) < len(x.m.Consts) {
			return x.m.Consts[n.A].Type, nil
		}
	case OpField:
		return x.field(n)
	case OpParam:
		if int(n.A) < len(x.params) {
			return x.params[n.A], nil
		}
	case OpLocal:
		if int(n.A) < len(x.locals) {
			return x.locals[n.A], nil
		}
	case OpCall:
		return x.call(i, n, depth)
	default:
		return x.operation(i, n, depth)
	}
	return Invalid, fmt.Errorf("%s %d does not exist", n.Op, n.A)
}

func (x *exprChecker) field(n Node) (Type, error) {
	if int(n.A) >= len(x.levels) {
		return Invalid, fmt.Errorf("level %d is not in scope", n.A)
	}
	level := x.levels[n.A]
	if level.Results != nil {
		if int(n.B) < len(level.Results) {
			return level.Results[n.B], nil
		}
	} else if slots := x.m.Templates[level.Template].Slots; int(n.B) < len(slots) {
		return slots[n.B].Type, nil
	}
	return Invalid, fmt.Errorf("level %d has no field %d", n.A, n.B)
}

func (x *exprChecker) call(i uint32, n Node, depth int) (Type, error) {
	if int(n.A) >= x.callable {
		return Invalid, fmt.Errorf("function %d does not exist or is declared later", n.A)
	}
	f := &x.m.Functions[n.A]
	if int(n.C) != len(f.Params) || int(n.B) != x.argsUsed || int(n.C) > len(x.code.Args)-int(n.B) {
		return Invalid, fmt.Errorf("the arguments of %s do not fit its %d parameters", f.Name, len(f.Params))
	}
	x.argsUsed += int(n.C)
	for k, want := range f.Params {
		arg := x.code.Args[int(n.B)+k]
		if arg >= i {
			return Invalid, fmt.Errorf("expression node %d refers to itself or a later node", i)
		}
		t, err := x.node(arg, depth+1)
		if err != nil {
			return Invalid, err
		}
		if !t.AssignableTo(want) {
			return Invalid, fmt.Errorf("argument %d of %s is %s, expected %s", k+1, f.Name, t, want)
		}
	}
	return f.Result, nil
}

func (x *exprChecker) operation(i uint32, n Node, depth int) (Type, error) {
	arity := n.Op.Arity()
	if arity < 0 {
		return Invalid, fmt.Errorf("operation %d does not exist", n.Op)
	}
	var types [3]Type
	operands := [...]uint32{n.A, n.B, n.C}
	for k, operand := range operands[:arity] {
		if operand >= i {
			return Invalid, fmt.Errorf("expression node %d refers to itself or a later node", i)
		}
		t, err := x.node(operand, depth+1)
		if err != nil {
			return Invalid, err
		}
		types[k] = t
	}
	return ResultType(n.Op, types[:arity])
}
