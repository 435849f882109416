package parser

import (
	"github.com/cybermiles/cybermiles/middleware/rules/engine/calendar"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/feel"
)

// resolve finds the longest name in scope at the current token: what it means
// and how many tokens it takes, 0 when nothing matches.
func (p *parser) resolve() (feel.Expr, int) {
	rest := p.tokens[p.pos:]
	var best feel.Expr
	length := 0
	for depth := 0; depth < len(p.locals); depth++ {
		l := p.locals[len(p.locals)-1-depth]
		if len(l.words) > length && hasPrefix(rest, l.words) {
			best, length = &feel.Local{Depth: depth}, len(l.words)
		}
	}
	if g, n := p.scope.globals.longest(rest); n > length {
		if g.symbol.inside == nil {
			best, length = &feel.Global{Index: g.symbol.global}, n
		} else if e, m := imported(g.symbol.inside, rest, n); m > length {
			best, length = e, m
		}
	}
	if b, n := builtinNames.longest(rest); n > length {
		best, length = &feel.BuiltinRef{ID: b.symbol.global}, n
	}
	return best, length
}

// imported resolves ".name" after the n tokens of an import's prefix.
func imported(inside *names, rest []token, n int) (feel.Expr, int) {
	if n+1 >= len(rest) || rest[n].text != "." {
		return nil, 0
	}
	g, m := inside.longest(rest[n+1:])
	if m == 0 {
		return nil, 0
	}
	return &feel.Global{Index: g.symbol.global}, n + 1 + m
}

// name reads a name: a variable, or in a filter an entry of the item.
func (p *parser) name() (feel.Expr, error) {
	start := p.peek()
	e, length := p.resolve()
	item := p.itemDepth()
	member := ""
	if item >= 0 {
		if name, n := p.member(); n >= length && n > 0 {
			if n > length {
				e, length = nil, n
			}
			member = name
		}
	}
	if length == 0 {
		length = p.plainWords()
	}
	text := member
	if text == "" {
		text = normalize(p.src[start.from:p.peekAt(length-1).to])
	}
	p.pos += length
	if l, ok := e.(*feel.Local); ok && p.locals[len(p.locals)-1-l.Depth].name == "?" {
		p.inputUses++
	}
	if item >= 0 && !(p.is("(") && e != nil) {
		return p.itemName(text, e, item), nil
	}
	if e == nil {
		p.problem(start.from, "unknown name %q, so it is null", text)
		return &feel.Unknown{Text: text}, nil
	}
	return e, nil
}

// itemDepth is the depth of the innermost filter's item, or -1.
func (p *parser) itemDepth() int {
	for depth := 0; depth < len(p.locals); depth++ {
		if p.locals[len(p.locals)-1-depth].item {
			return depth
		}
	}
	return -1
}

// itemName is a name that may be an entry of the items of the filters around
// it, the innermost first; variables declared inside a filter come before its
// item.
func (p *parser) itemName(text string, e feel.Expr, item int) feel.Expr {
	if l, ok := e.(*feel.Local); ok && l.Depth < item {
		return e
	}
	if e == nil {
		e = &feel.Unknown{Text: text}
	}
	limit := len(p.locals)
	if l, ok := e.(*feel.Local); ok {
		limit = l.Depth
		if p.locals[len(p.locals)-1-l.Depth].item {
			limit++ // the name item itself: an entry of the item with that name comes first
		}
	}
	// Build from the outermost filter that is inside the variable's own scope.
	for depth := limit - 1; depth >= item; depth-- {
		if p.locals[len(p.locals)-1-depth].item {
			e = &feel.ItemName{Name: text, Depth: depth, Else: e}
		}
	}
	return e
}

// member is the longest announced member name here and how many tokens it
// takes.
func (p *parser) member() (string, int) {
	rest := p.tokens[p.pos:]
	known, n := p.scope.members.longest(rest)
	if key, m := p.keys.longest(rest); m > n {
		known, n = key, m
	}
	return known.name, n
}

// plainWords counts the words that follow one another without an operator: a
// name that nothing announced.
func (p *parser) plainWords() int {
	n := 1
	for p.peekAt(n).kind == tokenWord && !keywords[p.peekAt(n).text] {
		n++
	}
	return n
}

var keywords = map[string]bool{
	"and": true, "or": true, "in": true, "between": true, "instance": true, "then": true, "else": true, "return": true, "satisfies": true,
	"if": true, "for": true, "some": true, "every": true, "function": true, "external": true, "of": true,
}

// memberName reads the name after a dot.
func (p *parser) memberName() (string, error) {
	t := p.peek()
	if t.kind != tokenWord {
		return "", p.errorf("want a name after the dot, found %s", describe(t))
	}
	name, n := p.member()
	if n == 0 {
		n = p.plainWords()
		name = normalize(p.src[t.from:p.peekAt(n-1).to])
	}
	p.pos += n
	return name, nil
}

// typeName reads a type (rules 52 to 54).
func (p *parser) typeName() (*feel.Type, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	if p.peekAt(1).text == "<" {
		switch p.peek().text {
		case "list", "range":
			return p.genericType()
		case "context":
			return p.contextType()
		case "function":
			return p.functionType()
		}
	}
	rest := p.tokens[p.pos:]
	found, n := p.scope.typeKey.longest(rest)
	if n == 0 {
		start := p.peek()
		if start.kind != tokenWord {
			return nil, p.errorf("want a type, found %s", describe(start))
		}
		n = p.plainWords()
		for p.peekAt(n).text == "." && p.peekAt(n+1).kind == tokenWord {
			n += 2
		}
		p.problem(start.from, "unknown type %q", p.src[start.from:p.peekAt(n-1).to])
		p.pos += n
		return nil, nil
	}
	p.pos += n
	return p.scope.types[found.name], nil
}

func (p *parser) genericType() (*feel.Type, error) {
	t := &feel.Type{Kind: feel.TypeList}
	if p.advance().text == "range" {
		t.Kind = feel.TypeRange
	}
	p.pos++
	var err error
	if t.Elem, err = p.typeName(); err != nil {
		return nil, err
	}
	return t, p.expect(">", "after the element type")
}

func (p *parser) contextType() (*feel.Type, error) {
	p.pos += 2
	t := &feel.Type{Kind: feel.TypeContext}
	for !p.accept(">") {
		if len(t.Fields) > 0 {
			if err := p.expect(",", "or > in the context type"); err != nil {
				return nil, err
			}
		}
		name, err := p.declaredName("a field", ":")
		if err != nil {
			return nil, err
		}
		p.pos++
		field, err := p.typeName()
		if err != nil {
			return nil, err
		}
		t.Fields = append(t.Fields, feel.Field{Name: name, Type: field})
	}
	return t, nil
}

func (p *parser) functionType() (*feel.Type, error) {
	p.pos += 2
	t := &feel.Type{Kind: feel.TypeFunction, Params: []*feel.Type{}}
	for !p.accept(">") {
		if len(t.Params) > 0 {
			if err := p.expect(",", "or > in the function type"); err != nil {
				return nil, err
			}
		}
		param, err := p.typeName()
		if err != nil {
			return nil, err
		}
		t.Params = append(t.Params, param)
	}
	if !p.accept("-") || !p.accept(">") {
		return nil, p.errorf("want -> and the result type, found %s", describe(p.peek()))
	}
	var err error
	t.Result, err = p.typeName()
	return t, err
}

// fold computes what is constant: negated numbers, lists and ranges of
// literals, and conversions of literals such as date("2020-01-01").
func fold(e feel.Expr) feel.Expr {
	switch x := e.(type) {
	case *feel.Negation:
		if !isConst(x.Operand) {
			return e
		}
	case *feel.ListOf:
		for _, item := range x.Items {
			if !isConst(item) {
				return e
			}
		}
	case *feel.RangeOf:
		if !isConst(x.Start) || x.End != nil && !isConst(x.End) {
			return e
		}
	case *feel.Call:
		b, ok := x.Function.(*feel.BuiltinRef)
		if !ok || x.Names != nil || len(x.Args) != 1 || !isConst(x.Args[0]) || !foldable[feel.BuiltinNames()[b.ID]] {
			return e
		}
	default:
		return e
	}
	m := feel.NewMachine(nil, feel.DefaultLimits, calendar.DateTime{})
	v := e.Eval(m, feel.NewEnv(nil))
	if m.Err() != nil {
		return e
	}
	return &feel.Const{Value: v}
}

var foldable = map[string]bool{"date": true, "time": true, "date and time": true, "duration": true}

func isConst(e feel.Expr) bool {
	_, ok := e.(*feel.Const)
	return ok
}
