package ruletext

import "github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"

// binding strength of the binary operators, weakest first.
var precedence = []map[string]bool{
	{"||": true},
	{"&&": true},
	{"==": true, "!=": true, "<": true, "<=": true, ">": true, ">=": true},
	{"+": true, "-": true},
	{"*": true, "/": true, "%": true},
}

const comparison = 2

func (p *parser) expr() Expr { return p.binary(0) }

func (p *parser) binary(level int) Expr {
	if level == len(precedence) {
		return p.unary()
	}
	x := p.binary(level + 1)
	for chain := 0; ; chain++ {
		t := *p.cur()
		switch {
		case t.kind == tokOp && precedence[level][t.text]:
			p.advance()
			y := p.binary(level + 1)
			x = &Binary{Pos: t.pos, Op: t.text, X: x, Y: y}
		case level == comparison && (p.word("in") || p.word("not") && p.toks[p.at+1].text == "in"):
			x = p.in(x)
		default:
			return x
		}
		if level == comparison {
			return x // comparisons do not chain
		}
		if chain > model.MaxExprDepth {
			p.fail(t.pos, "more than %d operators in a row, expected parentheses or a let", model.MaxExprDepth)
		}
	}
}

func (p *parser) in(x Expr) Expr {
	n := &In{Pos: p.cur().pos, X: x, Not: p.accept(tokIdent, "not")}
	p.expectWord("in")
	p.expectOp("(")
	for {
		n.List = append(n.List, p.expr())
		if !p.accept(tokOp, ",") {
			break
		}
	}
	p.expectOp(")")
	return n
}

func (p *parser) unary() Expr {
	defer p.nest(model.MaxExprDepth, "expressions")()
	t := *p.cur()
	switch {
	case p.accept(tokOp, "-"):
		if p.cur().kind == tokInt || p.cur().kind == tokDecimal {
			lit := p.number()
			if lit.Text != "0" {
				lit.Text = "-" + lit.Text
			}
			lit.Pos = t.pos
			return lit
		}
		return &Unary{Pos: t.pos, Op: "-", X: p.unary()}
	case p.accept(tokOp, "!"):
		return &Unary{Pos: t.pos, Op: "!", X: p.unary()}
	}
	return p.primary()
}

func (p *parser) primary() Expr {
	t := *p.cur()
	switch t.kind {
	case tokInt, tokDecimal:
		return p.number()
	case tokString:
		return p.literal()
	case tokVar:
		v := &Var{Pos: t.pos, Name: p.advance().text}
		if p.accept(tokOp, ".") {
			v.Slot = p.name("a slot name")
		}
		return v
	case tokIdent:
		if t.text == "true" || t.text == "false" {
			return p.literal()
		}
		name := p.name("an expression")
		if p.accept(tokOp, "(") {
			return p.call(t.pos, name)
		}
		return &Name{Pos: t.pos, Name: name}
	}
	if !p.accept(tokOp, "(") {
		p.unexpected("an expression")
	}
	x := p.expr()
	p.expectOp(")")
	return x
}

func (p *parser) call(pos Pos, name string) Expr {
	c := &Call{Pos: pos, Func: name}
	for !p.op(")") {
		c.Args = append(c.Args, p.expr())
		if !p.accept(tokOp, ",") {
			break
		}
	}
	p.expectOp(")")
	return c
}
