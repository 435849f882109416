package parser

import (
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/decimal"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// postfix reads a primary with its paths, filters and invocations.
func (p *parser) postfix() (feel.Expr, error) {
	e, err := p.primary()
	for err == nil {
		switch {
		case p.is("."):
			p.pos++
			var name string
			name, err = p.memberName()
			e = &feel.Path{Object: e, Name: name}
		case p.is("["):
			if p.closing && !p.startsExpression(p.peekAt(1)) {
				return e, nil
			}
			e, err = p.filter(e)
		case p.is("("):
			e, err = p.call(e)
		default:
			return e, nil
		}
	}
	return nil, err
}

// startsExpression tells a filter from the '[' that ends an interval.
func (p *parser) startsExpression(t token) bool {
	switch t.kind {
	case tokenEnd:
		return false
	case tokenPunct:
		return strings.Contains("([{-", t.text)
	case tokenWord:
		switch t.text {
		case "and", "or", "then", "else", "return", "satisfies", "in", "instance", "between":
			return false
		}
	}
	return true
}

func (p *parser) primary() (feel.Expr, error) {
	t := p.peek()
	switch t.kind {
	case tokenNumber:
		p.pos++
		d, ok := decimal.Parse(t.text)
		if !ok {
			return nil, syntaxError(p.src, t.from, "the number %s is out of range", t.text)
		}
		return &feel.Const{Value: feel.Number{Decimal: d}}, nil
	case tokenString:
		p.pos++
		return &feel.Const{Value: feel.String(t.text)}, nil
	case tokenAt:
		p.pos++
		v := feel.ParseTemporal(t.text)
		if v == nil {
			p.problem(t.from, "@%q is no date, time, date and time or duration, so it is null", t.text)
		}
		return &feel.Const{Value: v}, nil
	case tokenWord:
		return p.word()
	case tokenPunct:
		switch t.text {
		case "(":
			return p.parenthesis()
		case "[":
			return p.bracket()
		case "]":
			return p.intervalFrom(false)
		case "{":
			return p.context()
		}
	}
	return nil, p.errorf("want an expression, found %s", describe(t))
}

// word reads a keyword expression or a name. A longer name in scope wins over
// a keyword it starts with.
func (p *parser) word() (feel.Expr, error) {
	if _, n := p.resolve(); n <= 1 {
		switch p.peek().text {
		case "true", "false":
			return &feel.Const{Value: feel.Boolean(p.advance().text == "true")}, nil
		case "null":
			p.pos++
			return &feel.Const{}, nil
		case "if":
			return p.conditional()
		case "for":
			return p.iteration()
		case "some", "every":
			return p.quantified()
		case "function":
			if p.peekAt(1).text == "(" {
				return p.lambda()
			}
		}
	}
	return p.name()
}

// parenthesis reads (e), an open interval or a comparison as a range.
func (p *parser) parenthesis() (feel.Expr, error) {
	next := p.peekAt(1)
	if form, ok := rangeForms[next.text]; ok && next.kind == tokenPunct {
		p.pos += 2
		e, err := p.comparisonRange(form)
		if err != nil {
			return nil, err
		}
		return e, p.expect(")", "after the comparison")
	}
	p.pos++
	e, err := p.expression()
	if err != nil {
		return nil, err
	}
	if p.is("..") {
		return p.intervalTo(e, false)
	}
	return e, p.expect(")", "to close the parenthesis")
}

var rangeForms = map[string]feel.RangeForm{
	"<": feel.Less, "<=": feel.LessOrEqual, ">": feel.Greater, ">=": feel.GreaterOrEqual, "=": feel.EqualTo, "!=": feel.NotEqualTo,
}

func (p *parser) comparisonRange(form feel.RangeForm) (feel.Expr, error) {
	e, err := p.additive()
	if err != nil {
		return nil, err
	}
	return fold(&feel.RangeOf{Form: form, Start: e}), nil
}

// bracket reads a list or an interval closed at its start.
func (p *parser) bracket() (feel.Expr, error) {
	p.pos++
	l := &feel.ListOf{}
	if p.accept("]") {
		return fold(l), nil
	}
	for {
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		if len(l.Items) == 0 && p.is("..") {
			return p.intervalTo(e, true)
		}
		l.Items = append(l.Items, e)
		if p.accept("]") {
			return fold(l), nil
		}
		if err := p.expect(",", "or ] in the list"); err != nil {
			return nil, err
		}
	}
}

// intervalFrom reads an interval whose opening bracket is next.
func (p *parser) intervalFrom(included bool) (feel.Expr, error) {
	p.pos++
	start, err := p.expression()
	if err != nil {
		return nil, err
	}
	if !p.is("..") {
		return nil, p.errorf("want .. in the interval, found %s", describe(p.peek()))
	}
	return p.intervalTo(start, included)
}

// intervalTo reads the rest of an interval from its dots on.
func (p *parser) intervalTo(start feel.Expr, included bool) (feel.Expr, error) {
	p.pos++
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	closing := p.closing
	p.closing = true
	end, err := p.additive()
	p.closing = closing
	if err != nil {
		return nil, err
	}
	r := &feel.RangeOf{Start: start, End: end, StartIncluded: included, EndIncluded: p.is("]")}
	if !p.accept("]") && !p.accept(")") && !p.accept("[") {
		return nil, p.errorf("want ], ) or [ to close the interval, found %s", describe(p.peek()))
	}
	return fold(r), nil
}

func (p *parser) context() (feel.Expr, error) {
	p.pos++
	c := &feel.ContextOf{}
	defer func() { p.pop(len(c.Keys)) }()
	if p.accept("}") {
		return c, nil
	}
	for {
		key, err := p.contextKey()
		if err != nil {
			return nil, err
		}
		if err := p.expect(":", "after the key of a context entry"); err != nil {
			return nil, err
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		c.Keys, c.Values = append(c.Keys, key), append(c.Values, e)
		p.push(key)
		p.keys.add(key, symbol{})
		if p.accept("}") {
			return c, nil
		}
		if err := p.expect(",", "or } in the context"); err != nil {
			return nil, err
		}
	}
}

func (p *parser) contextKey() (string, error) {
	if t := p.peek(); t.kind == tokenString {
		p.pos++
		return t.text, nil
	}
	return p.declaredName("a context key", ":")
}

// declaredName reads a new name up to one of the stops, which is not consumed.
func (p *parser) declaredName(what string, stops ...string) (string, error) {
	first := p.peek()
	if first.kind != tokenWord {
		return "", p.errorf("want %s, found %s", what, describe(first))
	}
	last := first
	for {
		t := p.peek()
		for _, stop := range stops {
			if p.is(stop) {
				return normalize(p.src[first.from:last.to]), nil
			}
		}
		if t.kind != tokenWord && t.kind != tokenNumber && (t.kind != tokenPunct || !strings.Contains("-+*/'.", t.text)) {
			return "", p.errorf("want %q after %s, found %s", stops[0], what, describe(t))
		}
		last = p.advance()
	}
}

func (p *parser) filter(list feel.Expr) (feel.Expr, error) {
	p.pos++
	p.locals = append(p.locals, local{[]string{"item"}, "item", true})
	e, err := p.expression()
	p.pop(1)
	if err != nil {
		return nil, err
	}
	return &feel.Filter{List: list, Predicate: e}, p.expect("]", "to close the filter")
}

func (p *parser) call(f feel.Expr) (feel.Expr, error) {
	at := p.advance().from
	c := &feel.Call{Function: f}
	for !p.accept(")") {
		if len(c.Args) > 0 {
			if err := p.expect(",", "or ) in the arguments"); err != nil {
				return nil, err
			}
		}
		name, named := p.argumentName()
		if len(c.Args) > 0 && named != (c.Names != nil) {
			return nil, p.errorf("named and positional arguments do not mix")
		}
		if named {
			c.Names = append(c.Names, name)
		}
		e, err := p.expression()
		if err != nil {
			return nil, err
		}
		c.Args = append(c.Args, e)
	}
	p.checkCall(c, at)
	return fold(c), nil
}

// argumentName reads "name :" if the next argument has one.
func (p *parser) argumentName() (string, bool) {
	if p.peek().kind != tokenWord {
		return "", false
	}
	for n := 1; ; n++ {
		t := p.peekAt(n)
		if t.kind == tokenPunct && t.text == ":" {
			name := normalize(p.src[p.peek().from:p.peekAt(n-1).to])
			p.pos += n + 1
			return name, true
		}
		if t.kind != tokenWord && (t.kind != tokenPunct || !strings.Contains("-+*/'", t.text)) {
			return "", false
		}
	}
}

// checkCall reports calls of built-ins that no signature fits.
func (p *parser) checkCall(c *feel.Call, at int) {
	b, ok := c.Function.(*feel.BuiltinRef)
	if !ok {
		return
	}
	name := feel.BuiltinNames()[b.ID]
	if c.Names == nil && !feel.BuiltinAccepts(b.ID, len(c.Args)) {
		p.problem(at, "%s does not take %d arguments, so the call is null", name, len(c.Args))
	}
	if c.Names != nil && !feel.BuiltinHasNames(b.ID, c.Names) {
		p.problem(at, "%s has no parameters %s, so the call is null", name, strings.Join(c.Names, ", "))
	}
}
