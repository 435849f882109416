package ruletext

import (
	"fmt"
	"strconv"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Parse reads a rule text. name is the file name used in errors; the error is
// an *Error.
func Parse(name, src string) (file *File, err error) {
	toks, err := lex(name, src)
	if err != nil {
		return nil, err
	}
	p := &parser{file: name, toks: toks}
	defer func() {
		if fault := recover(); fault != nil {
			e, ok := fault.(*Error)
			if !ok {
				panic(fault)
			}
			file, err = nil, e
		}
	}()
	return p.parseFile(), nil
}

// parser descends recursively; a fault unwinds to Parse as a panic of *Error,
// which never leaves the package.
type parser struct {
	file  string
	toks  []token
	at    int
	taken int // comments of the tokens before this one are filed
	depth int
}

// reserved words cannot name a template, slot, function or parameter.
var reserved = map[string]bool{"true": true, "false": true, "not": true, "in": true,
	"when": true, "then": true, "end": true, "template": true, "rule": true, "function": true}

func (p *parser) cur() *token { return &p.toks[p.at] }

func (p *parser) fail(pos Pos, format string, args ...any) {
	panic(&Error{File: p.file, Pos: pos, Msg: fmt.Sprintf(format, args...)})
}

func (p *parser) unexpected(want string) {
	p.fail(p.cur().pos, "found %s, expected %s", p.cur().describe(), want)
}

func (p *parser) is(kind tokenKind, text string) bool {
	return p.cur().kind == kind && p.cur().text == text
}

func (p *parser) op(text string) bool   { return p.is(tokOp, text) }
func (p *parser) word(text string) bool { return p.is(tokIdent, text) }

func (p *parser) advance() token {
	t := *p.cur()
	if t.kind != tokEnd {
		p.at++
	}
	return t
}

func (p *parser) accept(kind tokenKind, text string) bool {
	if !p.is(kind, text) {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expectOp(text string) {
	if !p.accept(tokOp, text) {
		p.unexpected(strconv.Quote(text))
	}
}

func (p *parser) expectWord(text string) {
	if !p.accept(tokIdent, text) {
		p.unexpected(strconv.Quote(text))
	}
}

// name reads an identifier that names a thing of the given kind.
func (p *parser) name(what string) string {
	t := p.cur()
	if t.kind != tokIdent || reserved[t.text] {
		p.unexpected(what)
	}
	return p.advance().text
}

func (p *parser) variable() string {
	if p.cur().kind != tokVar {
		p.unexpected("a variable such as $x")
	}
	return p.advance().text
}

func (p *parser) quoted(what string) string {
	if p.cur().kind != tokString {
		p.unexpected(what)
	}
	return p.advance().text
}

// lead takes the comments in front of the current token.
func (p *parser) lead() []string {
	return p.comments(p.at + 1)
}

// comments takes every comment not yet taken that stands before token upTo.
func (p *parser) comments(upTo int) []string {
	var out []string
	for ; p.taken < upTo; p.taken++ {
		if p.taken > 0 && p.toks[p.taken-1].trail != "" {
			out = append(out, p.toks[p.taken-1].trail)
			p.toks[p.taken-1].trail = ""
		}
		out = append(out, p.toks[p.taken].lead...)
	}
	return out
}

// close files what comments remain inside an element that ends before the
// current token: inner ones above it, the last at the end of its line.
func (p *parser) close(c *Comments) {
	c.Lead = append(c.Lead, p.comments(p.at)...)
	last := &p.toks[p.at-1]
	c.Trail, last.trail = last.trail, ""
}

// nest guards the recursion of groups and expressions.
func (p *parser) nest(limit int, what string) func() {
	p.depth++
	if p.depth > limit {
		p.fail(p.cur().pos, "%s nest deeper than %d", what, limit)
	}
	return func() { p.depth-- }
}

func (p *parser) parseFile() *File {
	f := &File{Name: p.file}
	for p.cur().kind != tokEnd {
		lead := Comments{Lead: p.lead()}
		pos := p.cur().pos
		switch {
		case p.accept(tokIdent, "template"):
			f.Decls = append(f.Decls, p.template(lead, pos))
		case p.accept(tokIdent, "function"):
			f.Decls = append(f.Decls, p.function(lead, pos))
		case p.accept(tokIdent, "rule"):
			f.Decls = append(f.Decls, p.rule(lead, pos))
		default:
			p.unexpected("template, function or rule")
		}
	}
	f.End = p.comments(p.at + 1)
	return f
}

func (p *parser) template(lead Comments, pos Pos) *TemplateDecl {
	t := &TemplateDecl{Comments: lead, Pos: pos, Name: p.name("a template name")}
	p.close(&t.Comments)
	for !p.word("end") {
		slot := SlotDecl{Comments: Comments{Lead: p.lead()}, Pos: p.cur().pos}
		slot.Name = p.name("a slot name or end")
		p.expectOp(":")
		slot.Type = p.slotType()
		if p.accept(tokOp, "=") {
			slot.Default = p.literal()
		}
		p.accept(tokOp, ";")
		p.close(&slot.Comments)
		t.Slots = append(t.Slots, slot)
	}
	t.Tail = p.lead()
	p.advance()
	t.Tail = append(t.Tail, p.endTrail()...)
	return t
}

// endTrail takes the comment that stands after the word end.
func (p *parser) endTrail() []string {
	var c Comments
	p.close(&c)
	if c.Trail != "" {
		c.Lead = append(c.Lead, c.Trail)
	}
	return c.Lead
}

func (p *parser) slotType() model.Type {
	for t := model.Int; t <= model.Boolean; t++ {
		if p.accept(tokIdent, t.String()) {
			return t
		}
	}
	p.unexpected("a type (int, decimal, string or boolean)")
	return model.Invalid
}

func (p *parser) literal() Expr {
	pos := p.cur().pos
	minus := p.accept(tokOp, "-")
	t := p.cur()
	var lit *Literal
	switch {
	case t.kind == tokInt || t.kind == tokDecimal:
		lit = p.number()
		if minus && lit.Text != "0" {
			lit.Text = "-" + lit.Text
		}
	case !minus && t.kind == tokString:
		lit = &Literal{Type: model.String, Text: p.advance().text}
	case !minus && (p.word("true") || p.word("false")):
		lit = &Literal{Type: model.Boolean, Text: p.advance().text}
	default:
		p.unexpected("a number, a string, true or false")
	}
	lit.Pos = pos
	return lit
}

// number reads a number token and gives it in canonical form.
func (p *parser) number() *Literal {
	t := p.advance()
	d, err := model.ParseNumber(t.text)
	if err != nil {
		p.fail(t.pos, "%v", err)
	}
	lit := &Literal{Pos: t.pos, Type: model.Decimal, Text: model.FormatNumber(d)}
	if t.kind == tokInt {
		if !model.Integral(d) {
			p.fail(t.pos, "the int has more than %d digits", model.MaxDigits)
		}
		lit.Type = model.Int
	}
	return lit
}

func (p *parser) function(lead Comments, pos Pos) *FunctionDecl {
	f := &FunctionDecl{Comments: lead, Pos: pos, Name: p.name("a function name")}
	p.expectOp("(")
	for !p.op(")") {
		param := SlotDecl{Pos: p.cur().pos, Name: p.name("a parameter name or )")}
		p.expectOp(":")
		param.Type = p.slotType()
		f.Params = append(f.Params, param)
		if !p.accept(tokOp, ",") {
			break
		}
	}
	p.expectOp(")")
	p.expectOp(":")
	f.Result = p.slotType()
	p.expectOp("=")
	f.Body = p.expr()
	p.accept(tokOp, ";")
	p.close(&f.Comments)
	return f
}

func (p *parser) rule(lead Comments, pos Pos) *RuleDecl {
	r := &RuleDecl{Comments: lead, Pos: pos, Name: p.quoted(`the rule's name in double quotes`)}
	p.attributes(r)
	p.close(&r.Comments)
	if r.Trail != "" {
		r.Lead, r.Trail = append(r.Lead, r.Trail), ""
	}
	p.expectWord("when")
	for !p.word("then") {
		r.When = append(r.When, p.cond())
	}
	r.WhenTail = p.lead()
	p.advance()
	for !p.word("end") {
		r.Then = append(r.Then, p.action())
	}
	r.ThenTail = p.lead()
	p.advance()
	r.ThenTail = append(r.ThenTail, p.endTrail()...)
	return r
}

func (p *parser) attributes(r *RuleDecl) {
	for {
		switch {
		case p.accept(tokIdent, "salience"):
			r.Salience = p.salience()
		case p.accept(tokIdent, "agenda-group"):
			r.Group = p.quoted("the agenda group in double quotes")
		case p.accept(tokIdent, "no-loop"):
			r.NoLoop = !p.switchedOff()
		case p.accept(tokIdent, "lock-on-active"):
			r.LockOnActive = !p.switchedOff()
		case p.word("when"):
			return
		default:
			p.unexpected("salience, agenda-group, no-loop, lock-on-active or when")
		}
	}
}

// switchedOff reads the optional true or false after a flag.
func (p *parser) switchedOff() bool {
	if p.accept(tokIdent, "false") {
		return true
	}
	p.accept(tokIdent, "true")
	return false
}

func (p *parser) salience() int32 {
	minus := p.accept(tokOp, "-")
	t := *p.cur()
	n, err := strconv.ParseInt(t.text, 10, 32)
	if t.kind != tokInt || err != nil || n > model.MaxSalience {
		p.unexpected(fmt.Sprintf("an integer from -%d to %d", model.MaxSalience, model.MaxSalience))
	}
	p.advance()
	if minus {
		n = -n
	}
	return int32(n)
}
