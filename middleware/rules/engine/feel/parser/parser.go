// Package parser reads FEEL text into the expressions that package feel
// evaluates, resolving every name against a Scope.
//
// It runs where models are compiled, outside consensus. It refuses text that
// is not FEEL with a SyntaxError that names the place; what is FEEL but can
// only be null, such as an unknown name or a call with a wrong number of
// arguments, is reported as a Problem beside the expression.
package parser

import (
	"fmt"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// MaxNesting bounds brackets within brackets; MaxText bounds the source of one
// expression in bytes.
const (
	MaxNesting = 100
	MaxText    = 1 << 16
)

// Problem is something that parses but cannot mean what was intended.
type Problem struct {
	Line, Column int
	Message      string
}

func (p Problem) String() string {
	return fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, p.Message)
}

// Local is a variable of the environment around an expression. An Item is the
// item of a filter, whose entries are names as well.
type Local struct {
	Name string
	Item bool
}

// Expression reads an expression. Locals are the variables around it, the
// innermost last; one without a name cannot be referred to.
func Expression(src string, scope *Scope, locals ...Local) (feel.Expr, []Problem, error) {
	return parse(src, scope, locals, func(p *parser) (feel.Expr, error) { return p.expression() })
}

// UnaryTests reads the entry of a decision table or a constraint: tests of the
// variable ?, which becomes local 0 within the given locals.
func UnaryTests(src string, scope *Scope, locals ...Local) (*feel.Tests, []Problem, error) {
	e, problems, err := parse(src, scope, append(append([]Local{}, locals...), Local{Name: "?"}), func(p *parser) (feel.Expr, error) { return p.unaryTests() })
	if err != nil {
		return nil, nil, err
	}
	return e.(*feel.Tests), problems, nil
}

func parse(src string, scope *Scope, locals []Local, read func(*parser) (feel.Expr, error)) (feel.Expr, []Problem, error) {
	if len(src) > MaxText {
		return nil, nil, &SyntaxError{1, 1, fmt.Sprintf("the expression is longer than %d bytes; split it over several decisions", MaxText)}
	}
	tokens, err := lex(src)
	if err != nil {
		return nil, nil, err
	}
	p := &parser{src: src, tokens: tokens, scope: scope}
	for _, l := range locals {
		p.locals = append(p.locals, local{words(l.Name), normalize(l.Name), l.Item})
	}
	e, err := read(p)
	if err != nil {
		return nil, nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, nil, p.errorf("unexpected %s after the end of the expression", describe(t))
	}
	if d := feel.Depth(e); d > feel.MaxDepth {
		return nil, nil, &SyntaxError{1, 1, fmt.Sprintf("the expression nests %d deep, at most %d are allowed; split it", d, feel.MaxDepth)}
	}
	return e, p.problems, nil
}

type parser struct {
	src      string
	tokens   []token
	pos      int
	scope    *Scope
	locals   []local
	problems []Problem
	depth    int
	// closing marks that a '[' which cannot start a filter closes an interval.
	closing bool
	// inputUses counts uses of the variable ?.
	inputUses int
	// keys are context keys seen in this text.
	keys names
}

// local is a variable of the environment; item marks the item of a filter,
// whose entries are names too.
type local struct {
	words []string
	name  string
	item  bool
}

func (p *parser) push(name string) {
	p.locals = append(p.locals, local{words(name), normalize(name), false})
}

func (p *parser) pop(n int) { p.locals = p.locals[:len(p.locals)-n] }

func (p *parser) peek() token { return p.tokens[p.pos] }

func (p *parser) peekAt(n int) token {
	return p.tokens[min(p.pos+n, len(p.tokens)-1)]
}

func (p *parser) advance() token {
	t := p.tokens[p.pos]
	if t.kind != tokenEnd {
		p.pos++
	}
	return t
}

// is reports whether the next token is that punctuation or keyword.
func (p *parser) is(text string) bool {
	t := p.peek()
	return t.text == text && (t.kind == tokenPunct || t.kind == tokenWord)
}

func (p *parser) accept(text string) bool {
	if p.is(text) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expect(text, where string) error {
	if p.accept(text) {
		return nil
	}
	return p.errorf("want %q %s, found %s", text, where, describe(p.peek()))
}

func describe(t token) string {
	switch t.kind {
	case tokenEnd:
		return "the end"
	case tokenString, tokenAt:
		return fmt.Sprintf("the string %q", t.text)
	}
	return fmt.Sprintf("%q", t.text)
}

func (p *parser) errorf(format string, args ...any) error {
	return syntaxError(p.src, p.peek().from, format, args...)
}

func (p *parser) problem(at int, format string, args ...any) {
	line, column := place(p.src, at)
	p.problems = append(p.problems, Problem{line, column, fmt.Sprintf(format, args...)})
}

// nested counts bracket depth; the caller defers leave.
func (p *parser) enter() error {
	if p.depth++; p.depth > MaxNesting {
		return p.errorf("brackets nest deeper than %d", MaxNesting)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// expression is rule 1 of the grammar.
func (p *parser) expression() (feel.Expr, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	closing := p.closing
	p.closing = false
	defer func() { p.closing = closing }()
	if t := p.peek(); t.kind == tokenPunct {
		if form, ok := rangeForms[t.text]; ok { // a simple positive unary test as a value
			p.pos++
			return p.comparisonRange(form)
		}
	}
	return p.disjunction()
}

func (p *parser) disjunction() (feel.Expr, error) {
	return p.chain(p.conjunction, map[string]feel.Op{"or": feel.OpOr})
}

func (p *parser) conjunction() (feel.Expr, error) {
	return p.chain(p.comparison, map[string]feel.Op{"and": feel.OpAnd})
}

// chain reads operands joined by left-associative operators.
func (p *parser) chain(operand func() (feel.Expr, error), ops map[string]feel.Op) (feel.Expr, error) {
	left, err := operand()
	if err != nil {
		return nil, err
	}
	for {
		t := p.peek()
		op, ok := ops[t.text]
		if !ok || t.kind == tokenString || t.kind == tokenAt {
			return left, nil
		}
		p.pos++
		right, err := operand()
		if err != nil {
			return nil, err
		}
		left = &feel.Binary{Op: op, Left: left, Right: right}
	}
}

var comparisons = map[string]feel.Op{
	"=": feel.OpEqual, "!=": feel.OpNotEqual, "<": feel.OpLess, "<=": feel.OpLessOrEqual, ">": feel.OpGreater, ">=": feel.OpGreaterOrEqual,
}

func (p *parser) comparison() (feel.Expr, error) {
	left, err := p.additive()
	for err == nil {
		t := p.peek()
		op, isComparison := comparisons[t.text]
		switch {
		case t.kind != tokenPunct && t.kind != tokenWord:
			return left, nil
		case isComparison:
			p.pos++
			var right feel.Expr
			right, err = p.additive()
			left = &feel.Binary{Op: op, Left: left, Right: right}
		case t.text == "between":
			left, err = p.between(left)
		case t.text == "in" && t.kind == tokenWord:
			left, err = p.in(left)
		default:
			return left, nil
		}
	}
	return left, err
}

func (p *parser) between(value feel.Expr) (feel.Expr, error) {
	p.pos++
	low, err := p.additive()
	if err != nil {
		return nil, err
	}
	if err := p.expect("and", `between the bounds of "between"`); err != nil {
		return nil, err
	}
	high, err := p.additive()
	return &feel.Between{Value: value, Low: low, High: high}, err
}

func (p *parser) additive() (feel.Expr, error) {
	return p.chain(p.multiplicative, map[string]feel.Op{"+": feel.OpAdd, "-": feel.OpSubtract})
}

func (p *parser) multiplicative() (feel.Expr, error) {
	return p.chain(p.exponent, map[string]feel.Op{"*": feel.OpMultiply, "/": feel.OpDivide})
}

func (p *parser) exponent() (feel.Expr, error) {
	return p.chain(p.unary, map[string]feel.Op{"**": feel.OpPower})
}

// unary is negation, which binds tighter than ** (rule 4), and instance of.
func (p *parser) unary() (feel.Expr, error) {
	negations := 0
	for p.accept("-") {
		negations++
	}
	e, err := p.postfix()
	if err != nil {
		return nil, err
	}
	if negations > MaxNesting {
		return nil, p.errorf("more than %d minus signs", MaxNesting)
	}
	for range negations {
		e = fold(&feel.Negation{Operand: e})
	}
	for p.is("instance") && p.peekAt(1).text == "of" {
		p.pos += 2
		at := p.peek()
		t, err := p.typeName()
		if err != nil {
			return nil, err
		}
		if t != nil && t == feel.BuiltinTypes[at.text] && t.Generic() {
			p.problem(at.from, "the type %s needs its parameters, so the test is null", at.text)
			t = nil
		}
		e = &feel.TypeTest{Value: e, Type: t}
	}
	return e, nil
}
