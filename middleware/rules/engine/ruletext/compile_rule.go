package ruletext

import (
	"sort"

	"github.com/cybermiles/cybermiles/middleware/rules/engine/rete/model"
)

func (c *compiler) conds(conds []Cond) []model.Cond {
	var out []model.Cond
	for i := range conds {
		out = append(out, c.cond(&conds[i]))
	}
	return out
}

func (c *compiler) cond(k *Cond) model.Cond {
	switch k.Kind {
	case PatternCond:
		return c.pattern(k)
	case TestCond:
		return model.Cond{Kind: model.Test, Tests: []uint32{c.exprOf(k.Expr, model.Boolean, "a test")}}
	case ForallCond:
		return c.forall(k)
	case AccumulateCond:
		return c.accumulate(k)
	}
	out := model.Cond{Kind: model.Not}
	if k.Kind == ExistsCond {
		out.Kind = model.Exists
	}
	c.inner(func() { out.Sub = c.conds(k.Sub) })
	return out
}

// inner runs f in a scope whose variables and levels end with it.
func (c *compiler) inner(f func()) {
	level, scope := c.level, len(c.scope)
	f()
	c.level, c.scope = level, c.scope[:scope]
}

// forall compiles "for every match of the first pattern the others hold" to
// "not (first, not (others))".
func (c *compiler) forall(k *Cond) model.Cond {
	if len(k.Sub) < 2 || k.Sub[0].Kind != PatternCond {
		c.fail(k.Pos, "forall needs a pattern and at least one condition that has to hold for each of its matches")
	}
	out := model.Cond{Kind: model.Not}
	c.inner(func() {
		out.Sub = c.conds(k.Sub[:1])
		c.inner(func() {
			out.Sub = append(out.Sub, model.Cond{Kind: model.Not, Sub: c.conds(k.Sub[1:])})
		})
	})
	return out
}

func (c *compiler) accumulate(k *Cond) model.Cond {
	out := model.Cond{Kind: model.Accumulate}
	var types []model.Type
	c.inner(func() {
		out.Sub = c.conds(k.Sub)
		for _, f := range k.Folds {
			fold := model.Fold{Func: f.Func}
			t := model.Int
			if f.Expr != nil {
				fold.Expr, t = c.expr(f.Expr)
			}
			result, err := model.FoldType(f.Func, t)
			if err != nil {
				c.fail(f.Pos, "%v", err)
			}
			out.Folds = append(out.Folds, fold)
			types = append(types, result)
		}
	})
	for i, f := range k.Folds {
		c.bind(f.Pos, binding{name: f.Var, kind: fieldBinding, typ: types[i], level: c.level, index: uint32(i)})
	}
	c.level++
	return out
}

func (c *compiler) pattern(k *Cond) model.Cond {
	out := model.Cond{Kind: model.Pattern, Template: c.lookupTemplate(k.Pos, k.Template)}
	level := c.level
	c.level++
	outer := c.params
	c.params = nil
	if k.Var != "" {
		c.bind(k.Pos, binding{name: k.Var, kind: factBinding, template: out.Template, level: level})
	}
	self := &patternScope{template: out.Template, level: level}
	for _, item := range k.Constraints {
		if item.Var != "" {
			slot, typ := c.slot(item.Pos, out.Template, item.Slot)
			c.bind(item.Pos, binding{name: item.Var, kind: fieldBinding, typ: typ, level: level, index: slot})
		}
		if item.Expr != nil {
			out.Tests = append(out.Tests, c.conjuncts(item.Expr, self)...)
		}
	}
	c.params = outer
	return out
}

// conjuncts compiles the operands of && as constraints of their own, so that
// the network can index each.
func (c *compiler) conjuncts(x Expr, self *patternScope) []uint32 {
	if b, ok := x.(*Binary); ok && b.Op == "&&" {
		return append(c.conjuncts(b.X, self), c.conjuncts(b.Y, self)...)
	}
	i, t := c.exprIn(x, self)
	if t != model.Boolean {
		c.fail(x.pos(), "the constraint is %s, expected boolean", t)
	}
	return []uint32{i}
}

func (c *compiler) action(a *Action) model.Action {
	out := model.Action{Kind: a.Kind}
	switch a.Kind {
	case model.Let:
		set := a.Sets[0]
		x, t := c.expr(set.Expr)
		c.bind(set.Pos, binding{name: set.Name, kind: localBinding, typ: t, index: c.locals})
		c.locals++
		out.Sets = []model.Set{{Expr: x}}
	case model.Insert, model.InsertLogical:
		out.Target = c.lookupTemplate(a.Pos, a.Target)
		out.Sets = c.slotSets(a, out.Target, true)
	case model.Update, model.Retract:
		b := c.lookup(a.Pos, a.Target)
		if b.kind != factBinding {
			c.fail(a.Pos, "$%s is a value, expected a variable bound to a whole fact", a.Target)
		}
		if b.gone {
			c.fail(a.Pos, "$%s was retracted by an earlier action", a.Target)
		}
		out.Target = b.level
		if a.Kind == model.Retract {
			b.gone = true
		} else {
			out.Sets = c.slotSets(a, b.template, false)
		}
	case model.Focus:
		group, ok := c.groups[a.Target]
		if !ok {
			c.fail(a.Pos, "no rule belongs to the agenda group %q", a.Target)
		}
		out.Target = group
	case model.Emit:
		out.Name = a.Target
		out.Sets = c.fieldSets(a)
	}
	return out
}

func (c *compiler) slotSets(a *Action, template uint32, insert bool) []model.Set {
	type target struct {
		Assign
		slot uint32
		typ  model.Type
	}
	t := &c.model.Templates[template]
	given := make(map[uint32]bool)
	var targets []target
	for _, s := range a.Sets {
		slot, typ := c.slot(s.Pos, template, s.Name)
		if given[slot] {
			c.fail(s.Pos, "slot %s is set twice", s.Name)
		}
		given[slot] = true
		targets = append(targets, target{s, slot, typ})
	}
	for i, s := range t.Slots {
		if insert && s.Default == model.NoDefault && !given[uint32(i)] {
			c.fail(a.Pos, "slot %s of %s has no default, expected a value for it", s.Name, t.Name)
		}
	}
	sort.Slice(targets, func(i, j int) bool { return targets[i].slot < targets[j].slot })
	var out []model.Set
	for _, s := range targets {
		out = append(out, model.Set{Slot: s.slot, Expr: c.exprOf(s.Expr, s.typ, "slot "+s.Name)})
	}
	return out
}

func (c *compiler) fieldSets(a *Action) []model.Set {
	seen := map[string]bool{}
	var out []model.Set
	for _, s := range a.Sets {
		if seen[s.Name] {
			c.fail(s.Pos, "field %s is set twice", s.Name)
		}
		seen[s.Name] = true
		x, _ := c.expr(s.Expr)
		out = append(out, model.Set{Name: s.Name, Expr: x})
	}
	return out
}
