package rete_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// randomRules writes a random but valid rule text over three templates. Values
// stay between 0 and 4, so that patterns meet often.
type randomRules struct {
	r    *rand.Rand
	out  strings.Builder
	vars int
}

var randomTemplates = []string{"A", "B", "C"}

func randomRuleText(r *rand.Rand) string {
	g := &randomRules{r: r}
	for _, t := range randomTemplates {
		fmt.Fprintf(&g.out, "template %s\n  x: int\n  y: int\n  s: string\n  b: boolean\nend\n", t)
	}
	g.out.WriteString("function next(v: int): int = mod(v + 1, 5)\n")
	for i := range 2 + r.IntN(4) {
		g.rule(i)
	}
	return g.out.String()
}

func (g *randomRules) one(list ...string) string { return list[g.r.IntN(len(list))] }

func (g *randomRules) rule(i int) {
	fmt.Fprintf(&g.out, "rule \"r%d\"\n", i)
	if g.r.IntN(3) == 0 {
		fmt.Fprintf(&g.out, "  salience %d\n", g.r.IntN(5)-2)
	}
	if g.r.IntN(4) == 0 {
		g.out.WriteString("  agenda-group \"side\"\n")
	}
	if g.r.IntN(4) == 0 {
		g.out.WriteString("  no-loop\n")
	}
	if g.r.IntN(6) == 0 {
		g.out.WriteString("  lock-on-active\n")
	}
	g.out.WriteString("when\n")
	var ints, facts []string
	for range 1 + g.r.IntN(3) {
		var bound []string
		text := g.cond(0, ints, &bound, &facts)
		ints = append(ints, bound...)
		g.out.WriteString("  " + text + "\n")
	}
	g.out.WriteString("then\n")
	g.actions(ints, facts)
	g.out.WriteString("end\n")
}

func (g *randomRules) fresh() string {
	g.vars++
	return fmt.Sprintf("$v%d", g.vars)
}

// cond writes a condition and adds the int variables it binds to bound.
func (g *randomRules) cond(depth int, ints []string, bound, facts *[]string) string {
	kind := g.r.IntN(10)
	var inner []string
	switch {
	case kind == 4:
		return g.one("not ", "exists ") + g.pattern(ints, &inner)
	case kind == 5 && depth < 2:
		first := g.cond(depth+1, ints, &inner, nil)
		second := g.cond(depth+1, append(inner, ints...), &inner, nil)
		return g.one("not (", "exists (") + first + " " + second + ")"
	case kind == 6 && depth < 2:
		first := g.pattern(ints, &inner)
		return "forall (" + first + " " + g.cond(depth+1, append(inner, ints...), &inner, nil) + ")"
	case kind >= 7 && kind <= 8 && depth < 2:
		return g.accumulate(depth, ints, bound)
	case kind == 9 && len(ints) > 0:
		return "test (" + g.intExpr(ints) + g.one(" < ", " != ", " >= ") + g.intExpr(ints) + ")"
	}
	text := g.pattern(ints, bound)
	if facts != nil {
		v := g.fresh()
		*facts = append(*facts, v)
		text = v + " : " + text
	}
	return text
}

func (g *randomRules) accumulate(depth int, ints []string, bound *[]string) string {
	var inner []string
	text := "accumulate (" + g.pattern(ints, &inner)
	if g.r.IntN(3) == 0 {
		text += " " + g.cond(depth+1, append(inner, ints...), &inner, nil)
	}
	v := g.fresh()
	*bound = append(*bound, v)
	text += "; " + v + " : count()"
	if len(inner) > 0 {
		v = g.fresh()
		*bound = append(*bound, v)
		text += fmt.Sprintf(", %s : %s(%s)", v, g.one("sum", "min", "max"), g.one(inner...))
		if g.r.IntN(3) == 0 {
			text += fmt.Sprintf(", %s : collect(%s)", g.fresh(), g.one(inner...))
		}
		if g.r.IntN(4) == 0 {
			text += fmt.Sprintf(", %s : sum(div(12, %s))", g.fresh(), g.one(inner...))
		}
	}
	return text + ")"
}

func (g *randomRules) pattern(ints []string, bound *[]string) string {
	var items []string
	for range g.r.IntN(4) {
		slot := g.one("x", "y")
		switch g.r.IntN(7) {
		case 0:
			items = append(items, fmt.Sprintf("%s == %d", slot, g.r.IntN(5)))
		case 1:
			items = append(items, fmt.Sprintf("%s %s %d", slot, g.one("<", ">", "!="), g.r.IntN(5)))
		case 2:
			items = append(items, fmt.Sprintf("s == %q", g.one("p", "q")))
		case 3:
			items = append(items, g.one("b", "b == false", "x == y", `s < "q"`, "x in (1, 3)", "s not in (\"p\")", "div(12, x) > 3"))
		case 4, 5:
			if len(ints) > 0 {
				items = append(items, slot+g.one(" == ", " == ", " < ", " != ")+g.one(ints...))
			}
		case 6:
			if len(ints) > 0 {
				items = append(items, slot+" == "+g.intExpr(ints))
			}
		}
	}
	if g.r.IntN(2) == 0 {
		v := g.fresh()
		*bound = append(*bound, v)
		items = append(items, v+" : "+g.one("x", "y"))
	}
	return g.one(randomTemplates...) + "(" + strings.Join(items, ", ") + ")"
}

func (g *randomRules) intExpr(ints []string) string {
	if len(ints) == 0 || g.r.IntN(4) == 0 {
		return fmt.Sprint(g.r.IntN(5))
	}
	v := g.one(ints...)
	return g.one(v, "mod("+v+" + 1, 5)", "next("+v+")", "mod(2 * "+v+", 5)")
}

func (g *randomRules) actions(ints, facts []string) {
	if g.r.IntN(3) == 0 {
		v := g.fresh()
		fmt.Fprintf(&g.out, "  let %s = %s\n", v, g.intExpr(ints))
		ints = append(ints, v)
	}
	gone := map[string]bool{}
	for range g.r.IntN(4) {
		t := g.one(randomTemplates...)
		sets := fmt.Sprintf("(x = mod(%s, 5), y = %d, s = %q, b = %s)", g.intExpr(ints), g.r.IntN(5), g.one("p", "q"), g.one("true", "false"))
		switch kind := g.r.IntN(12); {
		case kind < 2:
			fmt.Fprintf(&g.out, "  insert %s%s\n", t, sets)
		case kind < 5:
			fmt.Fprintf(&g.out, "  insertLogical %s%s\n", t, sets)
		case kind < 7 && len(facts) > 0:
			if f := g.one(facts...); !gone[f] {
				fmt.Fprintf(&g.out, "  update %s (%s = mod(%s, 5))\n", f, g.one("x", "y"), g.intExpr(ints))
			}
		case kind < 9 && len(facts) > 0:
			if f := g.one(facts...); !gone[f] {
				fmt.Fprintf(&g.out, "  retract %s\n", f)
				gone[f] = true
			}
		case kind == 9:
			fmt.Fprintf(&g.out, "  focus %q\n", g.one("MAIN", "MAIN"))
		case kind == 10:
			fmt.Fprintf(&g.out, "  emit \"seen\" (v = %s)\n", g.intExpr(ints))
		case kind == 11 && g.r.IntN(3) == 0:
			g.out.WriteString("  halt\n")
		}
	}
}
