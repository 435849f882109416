package rete_test

import (
	"fmt"
	"strings"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
	"github.com/cybermiles/cybermiles/middleware/rules/engine/ruletext"
)

// translate writes a rule text as a CLIPS program: constraints on a slot become
// CLIPS field constraints where CLIPS can index them, so that neither engine is
// handicapped. It knows what the benchmark programs use and panics on the rest.
func translate(f *ruletext.File) string {
	var out strings.Builder
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ruletext.TemplateDecl:
			fmt.Fprintf(&out, "(deftemplate %s", d.Name)
			for _, s := range d.Slots {
				fmt.Fprintf(&out, " (slot %s", s.Name)
				if s.Default != nil {
					fmt.Fprintf(&out, " (default %s)", clipsExpr(s.Default))
				}
				out.WriteString(")")
			}
			out.WriteString(")\n")
		case *ruletext.FunctionDecl:
			fmt.Fprintf(&out, "(deffunction %s (", d.Name)
			for _, p := range d.Params {
				fmt.Fprintf(&out, " ?%s", p.Name)
			}
			fmt.Fprintf(&out, ") %s)\n", clipsExpr(d.Body))
		case *ruletext.RuleDecl:
			out.WriteString(clipsRule(d))
		}
	}
	return out.String()
}

func clipsRule(r *ruletext.RuleDecl) string {
	out := fmt.Sprintf("(defrule %s\n", strings.ReplaceAll(r.Name, " ", "-"))
	if r.Salience != 0 {
		out += fmt.Sprintf("  (declare (salience %d))\n", r.Salience)
	}
	for i := range r.When {
		out += "  " + clipsCond(&r.When[i]) + "\n"
	}
	out += "  =>\n"
	for _, a := range r.Then {
		out += "  " + clipsAction(a) + "\n"
	}
	return out + ")\n"
}

func clipsCond(c *ruletext.Cond) string {
	switch c.Kind {
	case ruletext.NotCond:
		return "(not " + clipsCond(&c.Sub[0]) + ")"
	case ruletext.TestCond:
		return "(test " + clipsExpr(c.Expr) + ")"
	case ruletext.PatternCond:
		out := "(" + c.Template
		for _, slot := range slotsOf(c) {
			out += fmt.Sprintf(" (%s %s)", slot, slotConstraint(c, slot))
		}
		out += ")"
		if c.Var != "" {
			out = "?" + c.Var + " <- " + out
		}
		return out
	}
	panic("condition not translated")
}

// slotsOf gives the slots a pattern constrains, in order of first mention.
func slotsOf(c *ruletext.Cond) []string {
	var slots []string
	seen := map[string]bool{}
	for _, k := range c.Constraints {
		if s := constrained(k); !seen[s] {
			seen[s] = true
			slots = append(slots, s)
		}
	}
	return slots
}

func constrained(k ruletext.Constraint) string {
	switch x := k.Expr.(type) {
	case nil:
		return k.Slot
	case *ruletext.Binary:
		return x.X.(*ruletext.Name).Name
	case *ruletext.In:
		return x.X.(*ruletext.Name).Name
	}
	panic("constraint not translated")
}

func slotConstraint(c *ruletext.Cond, slot string) string {
	bound := "?" + slot + "_"
	var parts []string
	needsVar := false
	for _, k := range c.Constraints {
		if constrained(k) != slot {
			continue
		}
		if k.Var != "" {
			bound, needsVar = "?"+k.Var, true
		}
		switch x := k.Expr.(type) {
		case *ruletext.Binary:
			switch x.Op {
			case "==":
				parts = append(parts, clipsExpr(x.Y))
			case "!=":
				parts = append(parts, "~"+clipsExpr(x.Y))
			default:
				needsVar = true
				parts = append(parts, fmt.Sprintf(":(%s %s %s)", x.Op, bound, clipsExpr(x.Y)))
			}
		case *ruletext.In:
			var any []string
			for _, item := range x.List {
				any = append(any, clipsExpr(item))
			}
			parts = append(parts, strings.Join(any, "|"))
		}
	}
	if needsVar {
		parts = append([]string{bound}, parts...)
	}
	return strings.Join(parts, "&")
}

func clipsAction(a ruletext.Action) string {
	var sets string
	for _, s := range a.Sets {
		sets += fmt.Sprintf(" (%s %s)", s.Name, clipsExpr(s.Expr))
	}
	switch a.Kind {
	case model.Insert:
		return "(assert (" + a.Target + sets + "))"
	case model.Update:
		return "(modify ?" + a.Target + sets + ")"
	case model.Retract:
		return "(retract ?" + a.Target + ")"
	case model.Halt:
		return "(halt)"
	}
	panic("action not translated")
}

func clipsExpr(x ruletext.Expr) string {
	switch x := x.(type) {
	case *ruletext.Literal:
		return clipsValue(x.Type, x.Text)
	case *ruletext.Name:
		return "?" + x.Name
	case *ruletext.Var:
		return "?" + x.Name
	case *ruletext.Unary:
		return "(not " + clipsExpr(x.X) + ")"
	case *ruletext.Call:
		out := "(" + x.Func
		for _, a := range x.Args {
			out += " " + clipsExpr(a)
		}
		return out + ")"
	case *ruletext.Binary:
		op := map[string]string{"&&": "and", "||": "or", "==": "=", "!=": "<>"}[x.Op]
		if op == "" {
			op = x.Op
		}
		return fmt.Sprintf("(%s %s %s)", op, clipsExpr(x.X), clipsExpr(x.Y))
	}
	panic("expression not translated")
}
