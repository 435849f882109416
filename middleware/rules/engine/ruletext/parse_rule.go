package ruletext

import "github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"

func (p *parser) cond() Cond {
	c := Cond{Comments: Comments{Lead: p.lead()}, Pos: p.cur().pos}
	switch {
	case p.accept(tokIdent, "not"):
		c.Kind = NotCond
		p.group(&c)
	case p.groupWord("exists"):
		c.Kind = ExistsCond
		p.group(&c)
	case p.groupWord("forall"):
		c.Kind = ForallCond
		if !p.op("(") {
			p.unexpected(`"("`)
		}
		p.group(&c)
	case p.groupWord("accumulate"):
		c.Kind = AccumulateCond
		p.accumulate(&c)
	case p.groupWord("test"):
		c.Kind = TestCond
		p.expectOp("(")
		c.Expr = p.expr()
		p.expectOp(")")
	default:
		p.pattern(&c)
	}
	p.accept(tokOp, ";")
	p.close(&c.Comments)
	return c
}

// groupWord takes one of the words that are free to name a template as long as
// a pattern of that template is bound to a variable.
func (p *parser) groupWord(word string) bool { return p.accept(tokIdent, word) }

// group reads one conditional element, or several in parentheses.
func (p *parser) group(c *Cond) {
	defer p.nest(model.MaxGroupDepth*2, "conditions")()
	if !p.accept(tokOp, "(") {
		c.Sub = []Cond{p.cond()}
		return
	}
	for !p.op(")") {
		c.Sub = append(c.Sub, p.cond())
		p.accept(tokOp, ",")
	}
	if len(c.Sub) == 0 {
		p.unexpected("a condition")
	}
	p.expectOp(")")
}

// accumulate reads ( conditions ; $v : function(expression), … ).
func (p *parser) accumulate(c *Cond) {
	defer p.nest(model.MaxGroupDepth*2, "conditions")()
	p.expectOp("(")
	for {
		sub := p.cond() // takes the semicolon
		c.Sub = append(c.Sub, sub)
		p.accept(tokOp, ",")
		if p.toks[p.at-1].text == ";" && p.toks[p.at-1].kind == tokOp {
			break
		}
		if p.op(")") {
			p.unexpected(`";" and the functions, such as ; $n : count()`)
		}
	}
	for {
		f := Fold{Pos: p.cur().pos, Var: p.variable()}
		p.expectOp(":")
		f.Func = p.foldFunc()
		p.expectOp("(")
		if f.Func != model.Count {
			f.Expr = p.expr()
		}
		p.expectOp(")")
		c.Folds = append(c.Folds, f)
		if !p.accept(tokOp, ",") {
			break
		}
	}
	p.expectOp(")")
}

func (p *parser) foldFunc() model.FoldFunc {
	for f := model.Sum; f <= model.Collect; f++ {
		if p.accept(tokIdent, f.String()) {
			return f
		}
	}
	p.unexpected("sum, count, min, max, average or collect")
	return 0
}

func (p *parser) pattern(c *Cond) {
	if p.cur().kind == tokVar {
		c.Var = p.advance().text
		p.expectOp(":")
	}
	c.Template = p.name("a pattern, not, exists, forall, accumulate, test or then")
	p.expectOp("(")
	for !p.op(")") {
		c.Constraints = append(c.Constraints, p.constraint())
		if !p.accept(tokOp, ",") {
			break
		}
	}
	if !p.op(")") {
		p.unexpected(`"," or ")"`)
	}
	p.advance()
}

// constraint reads $v : slot, an expression, or $v : slot followed by the rest
// of an expression about that slot.
func (p *parser) constraint() Constraint {
	c := Constraint{Pos: p.cur().pos}
	if p.cur().kind == tokVar && p.toks[p.at+1].kind == tokOp && p.toks[p.at+1].text == ":" {
		c.Var = p.advance().text
		p.advance()
		slot := *p.cur()
		c.Slot = p.name("a slot name")
		if p.op(",") || p.op(")") {
			return c
		}
		p.at-- // the slot is the first operand
		c.Expr = p.expr()
		if p.toks[p.at-1].pos == slot.pos {
			p.unexpected("an operator, \",\" or \")\"")
		}
		return c
	}
	c.Expr = p.expr()
	return c
}

func (p *parser) action() Action {
	a := Action{Comments: Comments{Lead: p.lead()}, Pos: p.cur().pos}
	word := p.cur().text
	if p.cur().kind != tokIdent {
		word = ""
	}
	kinds := map[string]model.ActionKind{"let": model.Let, "insert": model.Insert, "insertLogical": model.InsertLogical,
		"update": model.Update, "modify": model.Update, "retract": model.Retract, "delete": model.Retract,
		"focus": model.Focus, "halt": model.Halt, "emit": model.Emit}
	a.Kind = kinds[word]
	if a.Kind == 0 {
		p.unexpected("let, insert, insertLogical, update, retract, focus, halt, emit or end")
	}
	p.advance()
	switch a.Kind {
	case model.Let:
		set := Assign{Pos: p.cur().pos, Name: p.variable()}
		p.expectOp("=")
		set.Expr = p.expr()
		a.Sets = []Assign{set}
	case model.Insert, model.InsertLogical:
		a.Target = p.name("a template name")
		a.Sets = p.assigns("a slot name")
	case model.Update:
		a.Target = p.variable()
		a.Sets = p.assigns("a slot name")
	case model.Retract:
		a.Target = p.variable()
	case model.Focus:
		a.Target = p.quoted("the agenda group in double quotes")
	case model.Emit:
		a.Target = p.quoted("the result's name in double quotes")
		a.Sets = p.assigns("a field name")
	}
	p.accept(tokOp, ";")
	p.close(&a.Comments)
	return a
}

func (p *parser) assigns(what string) []Assign {
	var sets []Assign
	p.expectOp("(")
	for !p.op(")") {
		set := Assign{Pos: p.cur().pos, Name: p.name(what + " or )")}
		p.expectOp("=")
		set.Expr = p.expr()
		sets = append(sets, set)
		if !p.accept(tokOp, ",") {
			break
		}
	}
	p.expectOp(")")
	return sets
}
