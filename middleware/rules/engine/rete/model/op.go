package model

import "fmt"

// Op is the operation of an expression node.
type Op uint8

// The operations. Field reads slot B of the fact (or accumulate result B) at
// level A; Const, Param and Local take an index in A; Call takes the function in
// A and C arguments that start at Args[B]. All others take their operands in A,
// B and C, in order.
const (
	OpConst Op = iota + 1
	OpField
	OpParam
	OpLocal
	OpCall
	OpNeg
	OpNot
	OpAnd
	OpOr
	OpIf
	OpEq
	OpNe
	OpLt
	OpLe
	OpGt
	OpGe
	OpAdd
	OpSub
	OpMul
	OpDiv
	OpIntDiv
	OpMod
	OpConcat
	OpAbs
	OpMin
	OpMax
	OpFloor
	OpCeiling
	OpRound
	OpLength
	OpUpper
	OpLower
	OpSubstring
	OpContains
	OpStartsWith
	OpEndsWith
	OpText
	OpSize
	OpMember
	opEnd
)

// signature is one typing of an operation: operand types and result. The
// pseudo types below stand for families.
type signature struct {
	name   string
	params []Type
	result Type
}

const (
	number Type = 100 + iota // int or decimal; the result number is int when all operands are
	order                    // a number or a string; all operands alike
	equal                    // any scalar; all operands alike
	anyScalar
	anyList
	branch // both branches of if
)

var signatures = [opEnd]signature{
	OpNeg:        {"-", []Type{number}, number},
	OpNot:        {"!", []Type{Boolean}, Boolean},
	OpAnd:        {"&&", []Type{Boolean, Boolean}, Boolean},
	OpOr:         {"||", []Type{Boolean, Boolean}, Boolean},
	OpIf:         {"if", []Type{Boolean, branch, branch}, branch},
	OpEq:         {"==", []Type{equal, equal}, Boolean},
	OpNe:         {"!=", []Type{equal, equal}, Boolean},
	OpLt:         {"<", []Type{order, order}, Boolean},
	OpLe:         {"<=", []Type{order, order}, Boolean},
	OpGt:         {">", []Type{order, order}, Boolean},
	OpGe:         {">=", []Type{order, order}, Boolean},
	OpAdd:        {"+", []Type{number, number}, number},
	OpSub:        {"-", []Type{number, number}, number},
	OpMul:        {"*", []Type{number, number}, number},
	OpDiv:        {"/", []Type{number, number}, Decimal},
	OpIntDiv:     {"div", []Type{Int, Int}, Int},
	OpMod:        {"mod", []Type{Int, Int}, Int},
	OpConcat:     {"+", []Type{String, String}, String},
	OpAbs:        {"abs", []Type{number}, number},
	OpMin:        {"min", []Type{number, number}, number},
	OpMax:        {"max", []Type{number, number}, number},
	OpFloor:      {"floor", []Type{number}, Int},
	OpCeiling:    {"ceiling", []Type{number}, Int},
	OpRound:      {"round", []Type{number, Int}, Decimal},
	OpLength:     {"length", []Type{String}, Int},
	OpUpper:      {"upper", []Type{String}, String},
	OpLower:      {"lower", []Type{String}, String},
	OpSubstring:  {"substring", []Type{String, Int, Int}, String},
	OpContains:   {"contains", []Type{String, String}, Boolean},
	OpStartsWith: {"startsWith", []Type{String, String}, Boolean},
	OpEndsWith:   {"endsWith", []Type{String, String}, Boolean},
	OpText:       {"text", []Type{anyScalar}, String},
	OpSize:       {"size", []Type{anyList}, Int},
	OpMember:     {"member", []Type{anyScalar, anyList}, Boolean},
}

// Builtins maps the name of each built-in function to its operation.
var Builtins = func() map[string]Op {
	named := map[string]Op{"if": OpIf, "div": OpIntDiv, "mod": OpMod}
	for op := OpAbs; op < opEnd; op++ {
		named[signatures[op].name] = op
	}
	return named
}()

// Arity is the number of operands of op, and -1 for the leaves and Call.
func (op Op) Arity() int {
	if op < OpNeg || op >= opEnd {
		return -1
	}
	return len(signatures[op].params)
}

// String gives the operator or function name of op.
func (op Op) String() string {
	switch {
	case op >= OpNeg && op < opEnd:
		return signatures[op].name
	case op >= OpConst && op <= OpCall:
		return [...]string{"", "constant", "field", "parameter", "local", "call"}[op]
	}
	return "invalid"
}

// ResultType is the type of op applied to operands of the given types, or an
// error that names the operand that does not fit and what was expected.
func ResultType(op Op, operands []Type) (Type, error) {
	if op.Arity() != len(operands) {
		return Invalid, fmt.Errorf("%s expects %d operands, found %d", op, op.Arity(), len(operands))
	}
	sig := signatures[op]
	for i, want := range sig.params {
		if !fits(operands[i], want) {
			return Invalid, fmt.Errorf("operand %d of %s is %s, expected %s", i+1, op, operands[i], family(want))
		}
	}
	switch {
	case sig.params[0] == equal || sig.params[0] == order:
		if !alike(operands[0], operands[1]) {
			return Invalid, fmt.Errorf("%s compares %s with %s, expected the same type on both sides", op, operands[0], operands[1])
		}
	case op == OpMember:
		if !alike(operands[0], operands[1].Element()) {
			return Invalid, fmt.Errorf("member looks for %s in a %s", operands[0], operands[1])
		}
	case sig.result == branch:
		return branchType(operands[1], operands[2])
	}
	if sig.result == number {
		return widest(operands), nil
	}
	return sig.result, nil
}

func fits(t, want Type) bool {
	switch want {
	case number:
		return t.Numeric()
	case order:
		return t.Numeric() || t == String
	case equal, anyScalar, branch:
		return t.Scalar()
	case anyList:
		return t.IsList()
	}
	return t == want
}

func family(want Type) string {
	switch want {
	case number:
		return "a number"
	case order:
		return "a number or a string"
	case equal, anyScalar, branch:
		return "a number, a string or a boolean"
	case anyList:
		return "a list"
	}
	return want.String()
}

func alike(a, b Type) bool { return a == b || a.Numeric() && b.Numeric() }

func widest(operands []Type) Type {
	for _, t := range operands {
		if t == Decimal {
			return Decimal
		}
	}
	return Int
}

func branchType(a, b Type) (Type, error) {
	switch {
	case a == b:
		return a, nil
	case a.Numeric() && b.Numeric():
		return Decimal, nil
	}
	return Invalid, fmt.Errorf("the branches of if are %s and %s, expected the same type", a, b)
}

// FoldType is the type of the accumulate function f over values of type t.
func FoldType(f FoldFunc, t Type) (Type, error) {
	switch f {
	case Count:
		return Int, nil
	case Sum:
		if t.Numeric() {
			return t, nil
		}
	case Average:
		if t.Numeric() {
			return Decimal, nil
		}
	case Min, Max:
		if t.Numeric() || t == String {
			return t, nil
		}
	case Collect:
		if t.Scalar() {
			return ListOf(t), nil
		}
	}
	return Invalid, fmt.Errorf("%s cannot accumulate values of type %s", f, t)
}
