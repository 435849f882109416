package parser

import "github.com/cybermiles/cybermiles/middleware/rules/engine/feel"

func (p *parser) conditional() (feel.Expr, error) {
	p.pos++
	e := &feel.If{}
	var err error
	if e.Cond, err = p.expression(); err != nil {
		return nil, err
	}
	if err = p.expect("then", `after the condition of "if"`); err != nil {
		return nil, err
	}
	if e.Then, err = p.expression(); err != nil {
		return nil, err
	}
	if err = p.expect("else", `after the result of "then"`); err != nil {
		return nil, err
	}
	e.Else, err = p.expression()
	return e, err
}

// iterators reads "x in domain, y in domain" and pushes the variables.
func (p *parser) iterators() ([]feel.Iterator, error) {
	var its []feel.Iterator
	for {
		name, err := p.declaredName("a variable", "in")
		if err != nil {
			return nil, err
		}
		p.pos++
		it := feel.Iterator{}
		if it.Domain, err = p.expression(); err != nil {
			return nil, err
		}
		if p.accept("..") {
			if it.End, err = p.expression(); err != nil {
				return nil, err
			}
		}
		its = append(its, it)
		p.push(name)
		if !p.accept(",") {
			return its, nil
		}
	}
}

func (p *parser) iteration() (feel.Expr, error) {
	p.pos++
	mark := len(p.locals)
	defer func() { p.locals = p.locals[:mark] }()
	p.push("partial")
	its, err := p.iterators()
	if err != nil {
		return nil, err
	}
	if err := p.expect("return", `after the iterators of "for"`); err != nil {
		return nil, err
	}
	body, err := p.expression()
	return &feel.For{Iterators: its, Body: body}, err
}

func (p *parser) quantified() (feel.Expr, error) {
	every := p.advance().text == "every"
	mark := len(p.locals)
	defer func() { p.locals = p.locals[:mark] }()
	its, err := p.iterators()
	if err != nil {
		return nil, err
	}
	if err := p.expect("satisfies", "after the iterators"); err != nil {
		return nil, err
	}
	body, err := p.expression()
	return &feel.Quantified{Every: every, Iterators: its, Body: body}, err
}

// lambda reads function(parameters) body.
func (p *parser) lambda() (feel.Expr, error) {
	p.pos += 2
	f := &feel.Lambda{}
	for !p.accept(")") {
		if len(f.Params) > 0 {
			if err := p.expect(",", "or ) in the parameters"); err != nil {
				return nil, err
			}
		}
		name, err := p.declaredName("a parameter", ",", ")", ":")
		if err != nil {
			return nil, err
		}
		param := feel.Param{Name: name}
		if p.accept(":") {
			if param.Type, err = p.typeName(); err != nil {
				return nil, err
			}
		}
		f.Params = append(f.Params, param)
	}
	for _, param := range f.Params {
		p.push(param.Name)
	}
	defer p.pop(len(f.Params))
	external := p.accept("external")
	body, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !external {
		f.Body = body
	}
	return f, nil
}

// unaryTests is rule 15: "-", tests, or not(tests).
func (p *parser) unaryTests() (feel.Expr, error) {
	if p.is("-") && p.peekAt(1).kind == tokenEnd {
		p.pos++
		return &feel.Tests{}, nil
	}
	if p.is("not") && p.peekAt(1).text == "(" {
		start, problems := p.pos, len(p.problems)
		p.pos += 2
		t, err := p.tests(")")
		if err == nil && p.accept(")") && p.peek().kind == tokenEnd {
			t.Negated = true
			return t, nil
		}
		p.pos, p.problems = start, p.problems[:problems]
	}
	return p.tests("")
}

// tests reads tests separated by commas.
func (p *parser) tests(end string) (*feel.Tests, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	t := &feel.Tests{}
	for {
		uses := p.inputUses
		e, err := p.test()
		if err != nil {
			return nil, err
		}
		t.List = append(t.List, e)
		t.Free = append(t.Free, p.inputUses > uses && !isRange(e))
		if end != "" && p.is(end) || !p.accept(",") {
			return t, nil
		}
	}
}

func isRange(e feel.Expr) bool {
	_, ok := e.(*feel.RangeOf)
	return ok
}

// test reads one positive unary test.
func (p *parser) test() (feel.Expr, error) {
	t := p.peek()
	if form, ok := rangeForms[t.text]; ok && t.kind == tokenPunct {
		p.pos++
		return p.comparisonRange(form)
	}
	return p.expression()
}

// in reads what follows the keyword in: one test, or several in parentheses.
func (p *parser) in(value feel.Expr) (feel.Expr, error) {
	p.pos++
	p.push("?")
	defer p.pop(1)
	uses := p.inputUses
	defer func() { p.inputUses = uses }()
	if !p.is("(") {
		e, err := p.inTest()
		if err != nil {
			return nil, err
		}
		return &feel.In{Value: value, Test: &feel.Tests{List: []feel.Expr{e}, Free: []bool{p.inputUses > uses && !isRange(e)}}}, nil
	}
	p.pos++
	first := p.inputUses
	e, err := p.test()
	if err != nil {
		return nil, err
	}
	if p.is("..") { // the parenthesis opened an interval
		r, err := p.intervalTo(e, false)
		return &feel.In{Value: value, Test: &feel.Tests{List: []feel.Expr{r}, Free: []bool{false}}}, err
	}
	t := &feel.Tests{List: []feel.Expr{e}, Free: []bool{p.inputUses > first && !isRange(e)}}
	if p.accept(",") {
		rest, err := p.tests(")")
		if err != nil {
			return nil, err
		}
		t.List, t.Free = append(t.List, rest.List...), append(t.Free, rest.Free...)
	}
	return &feel.In{Value: value, Test: t}, p.expect(")", "to close the tests")
}

func (p *parser) inTest() (feel.Expr, error) {
	t := p.peek()
	if form, ok := rangeForms[t.text]; ok && t.kind == tokenPunct {
		p.pos++
		return p.comparisonRange(form)
	}
	return p.additive()
}
