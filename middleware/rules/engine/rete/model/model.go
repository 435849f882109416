// Package model is the compiled form of a rule set: templates, functions and
// rules with every name resolved to an index and every expression to a typed
// tree, and its versioned binary encoding.
//
// A model is data. The package refuses to parse rule text, to evaluate an
// expression and to accept bytes whose structure, indexes or types do not
// hold: whatever Decode or Verify lets through can be loaded and run without a
// further structural check.
package model

// Type is the static type of a slot, a constant or an expression.
type Type uint8

// The types of the rule language. List exists only as the result of collect.
const (
	Invalid Type = iota
	Int
	Decimal
	String
	Boolean
	ListInt
	ListDecimal
	ListString
	ListBoolean
)

var typeNames = [...]string{"invalid", "int", "decimal", "string", "boolean",
	"list of int", "list of decimal", "list of string", "list of boolean"}

// String gives the type as rule text spells it.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "invalid"
}

// Numeric tells whether values of t are numbers.
func (t Type) Numeric() bool { return t == Int || t == Decimal }

// Scalar tells whether t may be the type of a slot.
func (t Type) Scalar() bool { return t >= Int && t <= Boolean }

// IsList tells whether t is one of the list types.
func (t Type) IsList() bool { return t >= ListInt && t <= ListBoolean }

// ListOf is the list type with elements of the scalar type t.
func ListOf(t Type) Type { return t + (ListInt - Int) }

// Element is the element type of the list type t.
func (t Type) Element() Type { return t - (ListInt - Int) }

// AssignableTo tells whether a value of type t may be stored as type want: the
// same type, or an int where a decimal is wanted.
func (t Type) AssignableTo(want Type) bool {
	return t == want || t == Int && want == Decimal
}

// NoDefault marks a slot that every insertion has to set.
const NoDefault = ^uint32(0)

// Model is one rule set. Index 0 of Groups is always "MAIN".
type Model struct {
	Templates []Template
	Consts    []Const
	Groups    []string
	Functions []Function
	Rules     []Rule
}

// Template is the shape of a kind of fact.
type Template struct {
	Name  string
	Slots []Slot
}

// Slot is one named, typed field of a template. Default indexes Model.Consts
// or is NoDefault.
type Slot struct {
	Name    string
	Type    Type
	Default uint32
}

// Const is a literal. Text is the canonical spelling of a number, the content
// of a string, or "true" and "false".
type Const struct {
	Type Type
	Text string
}

// Code is a set of expression trees in one array: the operands of a node have
// smaller indexes than the node, so that a tree can have no cycle. Args holds
// the argument lists of calls.
type Code struct {
	Nodes []Node
	Args  []uint32
}

// Node is one expression node. The meaning of A, B and C depends on Op.
type Node struct {
	Op      Op
	A, B, C uint32
}

// Function is a pure function that rules may call. It may itself call only
// functions with smaller indexes, so that recursion cannot be written.
type Function struct {
	Name   string
	Params []Type
	Result Type
	Code   Code
	Body   uint32
}

// Rule is one production.
type Rule struct {
	Name         string
	Line         uint32
	Salience     int32
	Group        uint32
	NoLoop       bool
	LockOnActive bool
	Code         Code
	Conds        []Cond
	Actions      []Action
}

// CondKind tells the conditional elements apart.
type CondKind uint8

// The conditional elements. forall is compiled to nested Not.
const (
	Pattern CondKind = iota + 1
	Not
	Exists
	Accumulate
	Test
)

// Cond is one conditional element. A Pattern has Template and Tests and takes
// the next level; Not, Exists and Accumulate have Sub, whose levels end with
// the element; Accumulate has Folds and takes one level for their results;
// Test has exactly one entry in Tests. The level of an element is the number of
// Pattern and Accumulate elements before it that are in scope.
type Cond struct {
	Kind     CondKind
	Template uint32
	Tests    []uint32
	Sub      []Cond
	Folds    []Fold
}

// FoldFunc is an accumulate function.
type FoldFunc uint8

// The accumulate functions.
const (
	Sum FoldFunc = iota + 1
	Count
	Min
	Max
	Average
	Collect
)

var foldNames = [...]string{"", "sum", "count", "min", "max", "average", "collect"}

// String gives the function as rule text spells it.
func (f FoldFunc) String() string {
	if int(f) < len(foldNames) {
		return foldNames[f]
	}
	return "invalid"
}

// Fold is one function of an accumulate. Count ignores Expr, which is 0.
type Fold struct {
	Func FoldFunc
	Expr uint32
}

// ActionKind tells the actions apart.
type ActionKind uint8

// The actions.
const (
	Let ActionKind = iota + 1
	Insert
	InsertLogical
	Update
	Retract
	Focus
	Halt
	Emit
)

// Action is one step of a rule's right-hand side. Target is a template (Insert,
// InsertLogical), a level (Update, Retract) or an agenda group (Focus). Let has
// one entry in Sets and defines the next local. Name is the result's name
// (Emit).
type Action struct {
	Kind   ActionKind
	Target uint32
	Name   string
	Sets   []Set
}

// Set gives one slot (or, in an Emit, one named field) a value.
type Set struct {
	Slot uint32
	Name string
	Expr uint32
}
