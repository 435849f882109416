package model

import (
	"errors"
	"fmt"
)

// conds checks a list of conditional elements and leaves in x.levels what they
// bring into scope.
func (v *verifier) conds(x *exprChecker, conds []Cond, depth int) error {
	if err := limit("conditions", len(conds), MaxConds); err != nil {
		return err
	}
	if depth > MaxGroupDepth {
		return fmt.Errorf("conditions nest deeper than %d", MaxGroupDepth)
	}
	for i := range conds {
		if err := v.cond(x, &conds[i], depth); err != nil {
			return fmt.Errorf("condition %d: %w", i+1, err)
		}
		if err := limit("patterns in scope", len(x.levels), MaxLevels); err != nil {
			return err
		}
	}
	return nil
}

func (v *verifier) cond(x *exprChecker, c *Cond, depth int) error {
	if err := c.shape(); err != nil {
		return err
	}
	switch c.Kind {
	case Pattern:
		if int(c.Template) >= len(v.m.Templates) {
			return fmt.Errorf("template %d does not exist", c.Template)
		}
		x.levels = append(x.levels, Level{Template: c.Template})
		return x.tests(c.Tests)
	case Test:
		return x.tests(c.Tests)
	}
	outer := len(x.levels)
	if err := v.conds(x, c.Sub, depth+1); err != nil {
		return err
	}
	var results []Type
	for _, f := range c.Folds {
		t, err := x.fold(f)
		if err != nil {
			return err
		}
		results = append(results, t)
	}
	x.levels = x.levels[:outer]
	if c.Kind == Accumulate {
		x.levels = append(x.levels, Level{Results: results})
	}
	return nil
}

// shape checks which parts a conditional element of its kind has.
func (c *Cond) shape() error {
	group := c.Kind == Not || c.Kind == Exists || c.Kind == Accumulate
	switch {
	case c.Kind < Pattern || c.Kind > Test:
		return fmt.Errorf("kind %d does not exist", c.Kind)
	case group != (len(c.Sub) > 0):
		return errors.New("only and every not, exists and accumulate has inner conditions")
	case (c.Kind == Accumulate) != (len(c.Folds) > 0):
		return errors.New("only and every accumulate has functions")
	case c.Kind == Test && len(c.Tests) != 1:
		return errors.New("a test has exactly one expression")
	case group && len(c.Tests) > 0:
		return errors.New("a group has no constraint of its own")
	case c.Kind != Pattern && c.Template != 0:
		return errors.New("only a pattern has a template")
	}
	if err := limit("constraints", len(c.Tests), MaxTests); err != nil {
		return err
	}
	return limit("accumulate functions", len(c.Folds), MaxFolds)
}

func (v *verifier) actions(x *exprChecker, actions []Action) error {
	if err := limit("actions", len(actions), MaxActions); err != nil {
		return err
	}
	for i := range actions {
		if err := v.action(x, &actions[i]); err != nil {
			return fmt.Errorf("action %d: %w", i+1, err)
		}
	}
	return limit("locals", len(x.locals), MaxLocals)
}

func (v *verifier) action(x *exprChecker, a *Action) error {
	if (a.Kind == Emit) != (a.Name != "") {
		return errors.New("only and every emit has a name")
	}
	switch a.Kind {
	case Let:
		return v.let(x, a)
	case Insert, InsertLogical:
		if int(a.Target) >= len(v.m.Templates) {
			return fmt.Errorf("template %d does not exist", a.Target)
		}
		return v.sets(x, a, a.Target, true)
	case Update, Retract:
		if int(a.Target) >= len(x.levels) || x.levels[a.Target].Results != nil {
			return fmt.Errorf("level %d is no fact", a.Target)
		}
		if a.Kind == Retract {
			return noSets(a)
		}
		return v.sets(x, a, x.levels[a.Target].Template, false)
	case Focus:
		if int(a.Target) >= len(v.m.Groups) {
			return fmt.Errorf("agenda group %d does not exist", a.Target)
		}
		return noSets(a)
	case Halt:
		return errors.Join(noSets(a), noTarget(a))
	case Emit:
		return v.emit(x, a)
	}
	return fmt.Errorf("kind %d does not exist", a.Kind)
}

func noSets(a *Action) error { return limit("values", len(a.Sets), 0) }

func noTarget(a *Action) error {
	if a.Target != 0 {
		return errors.New("it takes no target")
	}
	return nil
}

func (v *verifier) let(x *exprChecker, a *Action) error {
	if len(a.Sets) != 1 || a.Target != 0 || a.Sets[0].Slot != 0 || a.Sets[0].Name != "" {
		return errors.New("a let has exactly one expression")
	}
	t, err := x.check(a.Sets[0].Expr)
	if err != nil {
		return err
	}
	x.locals = append(x.locals, t)
	return nil
}

// sets checks the slot values of an insert or update: slots in ascending order,
// none twice, and in an insert none missing that has no default.
func (v *verifier) sets(x *exprChecker, a *Action, template uint32, insert bool) error {
	slots := v.m.Templates[template].Slots
	next := 0
	for _, s := range a.Sets {
		if int(s.Slot) >= len(slots) || int(s.Slot) < next || s.Name != "" {
			return fmt.Errorf("slot %d is unknown, repeated or out of order", s.Slot)
		}
		for ; insert && next < int(s.Slot); next++ {
			if slots[next].Default == NoDefault {
				return fmt.Errorf("slot %s has no default and no value", slots[next].Name)
			}
		}
		next = int(s.Slot) + 1
		t, err := x.check(s.Expr)
		if err != nil {
			return err
		}
		if want := slots[s.Slot].Type; !t.AssignableTo(want) {
			return fmt.Errorf("slot %s is %s, found %s", slots[s.Slot].Name, want, t)
		}
	}
	for ; insert && next < len(slots); next++ {
		if slots[next].Default == NoDefault {
			return fmt.Errorf("slot %s has no default and no value", slots[next].Name)
		}
	}
	return nil
}

func (v *verifier) emit(x *exprChecker, a *Action) error {
	if err := errors.Join(noTarget(a), checkName("result", a.Name), limit("fields", len(a.Sets), MaxSlots)); err != nil {
		return err
	}
	if err := names("field", len(a.Sets), func(i int) string { return a.Sets[i].Name }); err != nil {
		return err
	}
	emission := Emission{Name: a.Name}
	for _, s := range a.Sets {
		if s.Slot != 0 {
			return errors.New("a field of an emit has no slot")
		}
		t, err := x.check(s.Expr)
		if err != nil {
			return err
		}
		if v.emitted != nil {
			emission.Fields = append(emission.Fields, EmittedField{s.Name, t})
		}
	}
	if v.emitted != nil {
		v.emitted(emission)
	}
	return nil
}
