// Package ruletext is the text form of production rules: a parser that keeps
// comments and positions, a formatter that prints the one canonical layout, and
// a compiler to the binary rule model.
//
// It runs outside consensus. It refuses to guess: a text that does not compile
// gives errors with file, line, column and what was expected, never a partial
// model.
package ruletext

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Pos is a position in a source text. Line and Col count from 1, Col in bytes.
type Pos struct{ Line, Col int }

// Error is a fault in a source text.
type Error struct {
	File string
	Pos
	Msg string
}

// Error gives the fault as file:line:column: message.
func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// File is a parsed rule text.
type File struct {
	Name  string
	Decls []Decl
	End   []string // comments after the last declaration
}

// Comments are the comments that belong to an element: lines before it, and one
// at the end of its last line.
type Comments struct {
	Lead  []string
	Trail string
}

// Decl is a declaration: *TemplateDecl, *FunctionDecl or *RuleDecl.
type Decl interface{ decl() }

// TemplateDecl declares a kind of fact.
type TemplateDecl struct {
	Comments
	Pos
	Name  string
	Slots []SlotDecl
	Tail  []string // comments before end
}

// SlotDecl declares one slot; Default is nil or a literal.
type SlotDecl struct {
	Comments
	Pos
	Name    string
	Type    model.Type
	Default Expr
}

// FunctionDecl declares a pure function.
type FunctionDecl struct {
	Comments
	Pos
	Name   string
	Params []SlotDecl
	Result model.Type
	Body   Expr
}

// RuleDecl declares a rule.
type RuleDecl struct {
	Comments
	Pos
	Name         string
	Salience     int32
	Group        string // "" is MAIN
	NoLoop       bool
	LockOnActive bool
	When         []Cond
	WhenTail     []string // comments before then
	Then         []Action
	ThenTail     []string // comments before end
}

func (*TemplateDecl) decl() {}
func (*FunctionDecl) decl() {}
func (*RuleDecl) decl()     {}

// CondKind tells the conditional elements of the text apart.
type CondKind int

// The conditional elements.
const (
	PatternCond CondKind = iota
	NotCond
	ExistsCond
	ForallCond
	AccumulateCond
	TestCond
)

// Cond is a conditional element. A pattern has Var (or ""), Template and
// Constraints; groups have Sub; an accumulate has Folds; a test has Expr.
type Cond struct {
	Comments
	Pos
	Kind        CondKind
	Var         string
	Template    string
	Constraints []Constraint
	Sub         []Cond
	Folds       []Fold
	Expr        Expr
}

// Constraint is one item between the parentheses of a pattern: a binding of Var
// to Slot, a boolean expression, or both in one.
type Constraint struct {
	Pos
	Var  string
	Slot string
	Expr Expr
}

// Fold binds Var to an accumulate function; Expr is nil for count.
type Fold struct {
	Pos
	Var  string
	Func model.FoldFunc
	Expr Expr
}

// Action is one step of a right-hand side. Target is a template, a variable, a
// group or a result name, as Kind asks.
type Action struct {
	Comments
	Pos
	Kind   model.ActionKind
	Target string
	Sets   []Assign
}

// Assign is name = expression.
type Assign struct {
	Pos
	Name string
	Expr Expr
}

// Expr is an expression: *Literal, *Name, *Var, *Unary, *Binary, *Call or *In.
type Expr interface{ pos() Pos }

// Literal is a constant. Text is the digits of a number, the content of a
// string, or true or false.
type Literal struct {
	Pos
	Type model.Type
	Text string
}

// Name is a slot of the pattern around it or a parameter of the function.
type Name struct {
	Pos
	Name string
}

// Var is a variable, or a slot of the fact a variable stands for.
type Var struct {
	Pos
	Name string
	Slot string
}

// Unary is - or ! applied to X.
type Unary struct {
	Pos
	Op string
	X  Expr
}

// Binary is X Op Y.
type Binary struct {
	Pos
	Op   string
	X, Y Expr
}

// Call is a call of a built-in or declared function.
type Call struct {
	Pos
	Func string
	Args []Expr
}

// In tests whether X equals one of List, or none of it when Not is set.
type In struct {
	Pos
	X    Expr
	Not  bool
	List []Expr
}

func (p Pos) pos() Pos { return p }
