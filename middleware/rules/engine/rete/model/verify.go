package model

import (
	"fmt"
	"unicode/utf8"
)

// Verify checks everything the engine relies on: limits, names, indexes, that
// each expression is a tree and that every type fits. It gives the first fault.
func (m *Model) Verify() error {
	v := verifier{m: m}
	for _, step := range []func() error{v.consts, v.templates, v.groups, v.functions, v.rules} {
		if err := step(); err != nil {
			return fmt.Errorf("%w: %w", ErrModel, err)
		}
	}
	return nil
}

type verifier struct {
	m       *Model
	emitted func(Emission) // hears of each emit, when set
}

func limit(what string, n, most int) error {
	if n > most {
		return fmt.Errorf("%d %s, the limit is %d", n, what, most)
	}
	return nil
}

func checkName(what, name string) error {
	if name == "" || len(name) > MaxName || !utf8.ValidString(name) {
		return fmt.Errorf("%s name %.40q: expected 1 to %d bytes of UTF-8", what, name, MaxName)
	}
	return nil
}

// names refuses an empty, overlong or repeated name.
func names(what string, n int, name func(i int) string) error {
	seen := make(map[string]bool, n)
	for i := range n {
		if err := checkName(what, name(i)); err != nil {
			return err
		}
		if seen[name(i)] {
			return fmt.Errorf("%s %q occurs twice", what, name(i))
		}
		seen[name(i)] = true
	}
	return nil
}

func (v *verifier) consts() error {
	if err := limit("constants", len(v.m.Consts), MaxConsts); err != nil {
		return err
	}
	for i, c := range v.m.Consts {
		if err := checkConst(c); err != nil {
			return fmt.Errorf("constant %d: %w", i, err)
		}
	}
	return nil
}

func checkConst(c Const) error {
	switch c.Type {
	case Int, Decimal:
		d, err := ParseNumber(c.Text)
		if err != nil {
			return err
		}
		if FormatNumber(d) != c.Text {
			return fmt.Errorf("number %q is not in its canonical form %q", c.Text, FormatNumber(d))
		}
		if c.Type == Int && !Integral(d) {
			return fmt.Errorf("%q is not an int", c.Text)
		}
	case String:
		if len(c.Text) > MaxText || !utf8.ValidString(c.Text) {
			return fmt.Errorf("string of %d bytes: expected at most %d bytes of UTF-8", len(c.Text), MaxText)
		}
	case Boolean:
		if c.Text != "true" && c.Text != "false" {
			return fmt.Errorf("boolean %.20q", c.Text)
		}
	default:
		return fmt.Errorf("type %d", c.Type)
	}
	return nil
}

func (v *verifier) templates() error {
	ts := v.m.Templates
	if err := limit("templates", len(ts), MaxTemplates); err != nil {
		return err
	}
	if err := names("template", len(ts), func(i int) string { return ts[i].Name }); err != nil {
		return err
	}
	for i := range ts {
		if err := v.slots(ts[i].Slots); err != nil {
			return fmt.Errorf("template %s: %w", ts[i].Name, err)
		}
	}
	return nil
}

func (v *verifier) slots(slots []Slot) error {
	if err := limit("slots", len(slots), MaxSlots); err != nil {
		return err
	}
	if err := names("slot", len(slots), func(i int) string { return slots[i].Name }); err != nil {
		return err
	}
	for _, s := range slots {
		if !s.Type.Scalar() {
			return fmt.Errorf("slot %s has type %d", s.Name, s.Type)
		}
		if s.Default == NoDefault {
			continue
		}
		if int(s.Default) >= len(v.m.Consts) || !v.m.Consts[s.Default].Type.AssignableTo(s.Type) {
			return fmt.Errorf("the default of slot %s is not a constant of type %s", s.Name, s.Type)
		}
	}
	return nil
}

func (v *verifier) groups() error {
	gs := v.m.Groups
	if err := limit("agenda groups", len(gs), MaxGroups); err != nil {
		return err
	}
	if len(gs) == 0 || gs[0] != "MAIN" {
		return fmt.Errorf("the first agenda group is not MAIN")
	}
	return names("agenda group", len(gs), func(i int) string { return gs[i] })
}

func (v *verifier) functions() error {
	fs := v.m.Functions
	if err := limit("functions", len(fs), MaxFunctions); err != nil {
		return err
	}
	if err := names("function", len(fs), func(i int) string { return fs[i].Name }); err != nil {
		return err
	}
	for i := range fs {
		if err := v.function(&fs[i], i); err != nil {
			return fmt.Errorf("function %s: %w", fs[i].Name, err)
		}
	}
	return nil
}

func (v *verifier) function(f *Function, index int) error {
	if err := limit("parameters", len(f.Params), MaxParams); err != nil {
		return err
	}
	for _, t := range append([]Type{f.Result}, f.Params...) {
		if !t.Scalar() {
			return fmt.Errorf("type %d", t)
		}
	}
	x, err := newExprChecker(v.m, &f.Code)
	if err != nil {
		return err
	}
	x.params, x.callable = f.Params, index
	t, err := x.check(f.Body)
	if err != nil {
		return err
	}
	if !t.AssignableTo(f.Result) {
		return fmt.Errorf("the body is %s, expected %s", t, f.Result)
	}
	return x.allUsed()
}

func (v *verifier) rules() error {
	rs := v.m.Rules
	if err := limit("rules", len(rs), MaxRules); err != nil {
		return err
	}
	if err := names("rule", len(rs), func(i int) string { return rs[i].Name }); err != nil {
		return err
	}
	for i := range rs {
		if err := v.rule(&rs[i]); err != nil {
			return fmt.Errorf("rule %q: %w", rs[i].Name, err)
		}
	}
	return nil
}

func (v *verifier) rule(r *Rule) error {
	if r.Salience > MaxSalience || r.Salience < -MaxSalience {
		return fmt.Errorf("salience %d, the limit is %d", r.Salience, MaxSalience)
	}
	if int(r.Group) >= len(v.m.Groups) {
		return fmt.Errorf("agenda group %d does not exist", r.Group)
	}
	x, err := newExprChecker(v.m, &r.Code)
	if err != nil {
		return err
	}
	x.callable = len(v.m.Functions)
	if err := v.conds(x, r.Conds, 0); err != nil {
		return err
	}
	if err := v.actions(x, r.Actions); err != nil {
		return err
	}
	return x.allUsed()
}
