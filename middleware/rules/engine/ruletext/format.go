package ruletext

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

// Format prints f in the canonical layout. Formatting the result again changes
// nothing, and it compiles to the same model.
func Format(f *File) string {
	var p printer
	for i, d := range f.Decls {
		if i > 0 {
			p.line(0, "")
		}
		switch d := d.(type) {
		case *TemplateDecl:
			p.template(d)
		case *FunctionDecl:
			p.function(d)
		case *RuleDecl:
			p.rule(d)
		}
	}
	if len(f.End) > 0 && len(f.Decls) > 0 {
		p.line(0, "")
	}
	p.lines(0, f.End)
	return p.out.String()
}

type printer struct{ out strings.Builder }

func (p *printer) line(indent int, text string) {
	if text != "" {
		p.out.WriteString(strings.Repeat("    ", indent))
		p.out.WriteString(text)
	}
	p.out.WriteByte('\n')
}

func (p *printer) lines(indent int, comments []string) {
	for _, c := range comments {
		p.line(indent, "// "+c)
	}
}

// element prints text between the comments that belong to it.
func (p *printer) element(indent int, c Comments, text string) {
	p.lines(indent, c.Lead)
	if c.Trail != "" {
		text += " // " + c.Trail
	}
	p.line(indent, text)
}

func (p *printer) template(t *TemplateDecl) {
	p.element(0, t.Comments, "template "+t.Name)
	for _, s := range t.Slots {
		text := s.Name + ": " + s.Type.String()
		if s.Default != nil {
			text += " = " + exprText(s.Default)
		}
		p.element(1, s.Comments, text)
	}
	p.lines(1, t.Tail)
	p.line(0, "end")
}

func (p *printer) function(f *FunctionDecl) {
	params := make([]string, len(f.Params))
	for i, s := range f.Params {
		params[i] = s.Name + ": " + s.Type.String()
	}
	p.element(0, f.Comments, fmt.Sprintf("function %s(%s): %s = %s",
		f.Name, strings.Join(params, ", "), f.Result, exprText(f.Body)))
}

func (p *printer) rule(r *RuleDecl) {
	p.element(0, r.Comments, "rule "+quote(r.Name))
	if r.Salience != 0 {
		p.line(1, fmt.Sprintf("salience %d", r.Salience))
	}
	if r.Group != "" {
		p.line(1, "agenda-group "+quote(r.Group))
	}
	if r.NoLoop {
		p.line(1, "no-loop")
	}
	if r.LockOnActive {
		p.line(1, "lock-on-active")
	}
	p.line(0, "when")
	for i := range r.When {
		p.cond(1, &r.When[i], "", "")
	}
	p.lines(1, r.WhenTail)
	p.line(0, "then")
	for i := range r.Then {
		p.element(1, r.Then[i].Comments, actionText(&r.Then[i]))
	}
	p.lines(1, r.ThenTail)
	p.line(0, "end")
}

// cond prints c with prefix in front and suffix behind its own text.
func (p *printer) cond(indent int, c *Cond, prefix, suffix string) {
	switch c.Kind {
	case PatternCond:
		p.element(indent, c.Comments, prefix+patternText(c)+suffix)
	case TestCond:
		p.element(indent, c.Comments, prefix+"test ("+exprText(c.Expr)+")"+suffix)
	case AccumulateCond:
		p.lines(indent, c.Lead)
		p.line(indent, prefix+"accumulate (")
		p.subs(indent+1, c.Sub, ";")
		folds := make([]string, len(c.Folds))
		for i, f := range c.Folds {
			folds[i] = fmt.Sprintf("$%s : %s(%s)", f.Var, f.Func, optionalText(f.Expr))
		}
		p.line(indent+1, strings.Join(folds, ", "))
		p.element(indent, Comments{Trail: c.Trail}, ")"+suffix)
	default:
		p.group(indent, c, prefix+[...]string{NotCond: "not ", ExistsCond: "exists ", ForallCond: "forall "}[c.Kind], suffix)
	}
}

func (p *printer) group(indent int, c *Cond, prefix, suffix string) {
	p.lines(indent, c.Lead)
	if len(c.Sub) == 1 && c.Kind != ForallCond {
		sub := c.Sub[0]
		if sub.Trail == "" {
			sub.Trail = c.Trail
		} else if c.Trail != "" {
			sub.Lead = append(sub.Lead[:len(sub.Lead):len(sub.Lead)], c.Trail)
		}
		p.cond(indent, &sub, prefix, suffix)
		return
	}
	p.line(indent, prefix+"(")
	p.subs(indent+1, c.Sub, "")
	p.element(indent, Comments{Trail: c.Trail}, ")"+suffix)
}

func (p *printer) subs(indent int, subs []Cond, last string) {
	for i := range subs {
		suffix := ""
		if i == len(subs)-1 {
			suffix = last
		}
		p.cond(indent, &subs[i], "", suffix)
	}
}

func patternText(c *Cond) string {
	items := make([]string, len(c.Constraints))
	for i, k := range c.Constraints {
		switch {
		case k.Var == "":
			items[i] = exprText(k.Expr)
		case k.Expr == nil:
			items[i] = "$" + k.Var + " : " + k.Slot
		default:
			items[i] = "$" + k.Var + " : " + exprText(k.Expr)
		}
	}
	text := c.Template + "(" + strings.Join(items, ", ") + ")"
	if c.Var != "" {
		text = "$" + c.Var + " : " + text
	}
	return text
}

func actionText(a *Action) string {
	switch a.Kind {
	case model.Let:
		return "let $" + a.Sets[0].Name + " = " + exprText(a.Sets[0].Expr)
	case model.Insert:
		return "insert " + a.Target + setsText(a.Sets)
	case model.InsertLogical:
		return "insertLogical " + a.Target + setsText(a.Sets)
	case model.Update:
		return "update $" + a.Target + " " + setsText(a.Sets)
	case model.Retract:
		return "retract $" + a.Target
	case model.Focus:
		return "focus " + quote(a.Target)
	case model.Emit:
		return "emit " + quote(a.Target) + " " + setsText(a.Sets)
	}
	return "halt"
}

func setsText(sets []Assign) string {
	items := make([]string, len(sets))
	for i, s := range sets {
		items[i] = s.Name + " = " + exprText(s.Expr)
	}
	return "(" + strings.Join(items, ", ") + ")"
}

var quoter = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

func quote(s string) string { return `"` + quoter.Replace(s) + `"` }

func optionalText(x Expr) string {
	if x == nil {
		return ""
	}
	return exprText(x)
}

func exprText(x Expr) string { return operandText(x, 0) }

// strength is the precedence level of x; operands weaker than their place need
// parentheses.
func strength(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		for level, ops := range precedence {
			if ops[x.Op] {
				return level
			}
		}
	case *In:
		return comparison
	}
	return len(precedence)
}

func operandText(x Expr, atLeast int) string {
	if strength(x) < atLeast {
		return "(" + exprText(x) + ")"
	}
	switch x := x.(type) {
	case *Literal:
		return literalText(x)
	case *Name:
		return x.Name
	case *Var:
		if x.Slot != "" {
			return "$" + x.Name + "." + x.Slot
		}
		return "$" + x.Name
	case *Unary:
		return x.Op + operandText(x.X, len(precedence))
	case *Call:
		return x.Func + "(" + listText(x.Args) + ")"
	case *In:
		word := " in ("
		if x.Not {
			word = " not in ("
		}
		return operandText(x.X, comparison+1) + word + listText(x.List) + ")"
	case *Binary:
		level := strength(x)
		left := level
		if level == comparison {
			left++
		}
		return operandText(x.X, left) + " " + x.Op + " " + operandText(x.Y, level+1)
	}
	return ""
}

func listText(list []Expr) string {
	items := make([]string, len(list))
	for i, x := range list {
		items[i] = exprText(x)
	}
	return strings.Join(items, ", ")
}

func literalText(x *Literal) string {
	switch {
	case x.Type == model.String:
		return quote(x.Text)
	case x.Type == model.Decimal && !strings.ContainsAny(x.Text, ".E"):
		return x.Text + ".0"
	}
	return x.Text
}
