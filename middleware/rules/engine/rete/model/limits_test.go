package model

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// limitCase grows a model by n of something; most is where the limit is, given
// what the sample model already has.
type limitCase struct {
	most int
	grow func(m *Model, n int)
}

func unique(i int) string { return fmt.Sprint("n", i) }

// each grows by adding one thing n times.
func each(add func(m *Model, i int)) func(m *Model, n int) {
	return func(m *Model, n int) {
		for i := range n {
			add(m, i)
		}
	}
}

// yes appends a node that is the constant true to the first rule.
func yes(r *Rule) uint32 {
	r.Code.Nodes = append(r.Code.Nodes, Node{Op: OpConst, A: 3})
	return uint32(len(r.Code.Nodes) - 1)
}

var modelLimits = map[string]limitCase{
	"constants": {MaxConsts - 4, each(func(m *Model, i int) { m.Consts = append(m.Consts, Const{Int, fmt.Sprint(i)}) })},
	"templates": {MaxTemplates - 1, each(func(m *Model, i int) { m.Templates = append(m.Templates, Template{Name: unique(i)}) })},
	"slots": {MaxSlots - 4, each(func(m *Model, i int) {
		m.Templates[0].Slots = append(m.Templates[0].Slots, Slot{unique(i), Int, 0})
	})},
	"agenda groups": {MaxGroups - 2, each(func(m *Model, i int) { m.Groups = append(m.Groups, unique(i)) })},
	"functions": {MaxFunctions - 1, each(func(m *Model, i int) {
		m.Functions = append(m.Functions, Function{Name: unique(i), Result: Int, Code: Code{Nodes: []Node{{Op: OpConst}}}})
	})},
	"parameters": {MaxParams, func(m *Model, n int) {
		f := Function{Name: "many", Result: Int, Code: Code{Nodes: []Node{{Op: OpConst}}}}
		for range n {
			f.Params = append(f.Params, String)
		}
		m.Functions = append(m.Functions, f)
	}},
	"rules": {MaxRules - 1, each(func(m *Model, i int) { m.Rules = append(m.Rules, Rule{Name: unique(i)}) })},
	"conditions": {MaxConds, func(m *Model, n int) {
		r := Rule{Name: "many"}
		for range n {
			r.Conds = append(r.Conds, Cond{Kind: Not, Sub: []Cond{{Kind: Pattern}}})
		}
		m.Rules = append(m.Rules, r)
	}},
	"levels": {MaxLevels, func(m *Model, n int) {
		// half of the patterns outside, half inside a not
		half := make([]Cond, n/2)
		rest := make([]Cond, n-n/2)
		for i := range half {
			half[i].Kind = Pattern
		}
		for i := range rest {
			rest[i].Kind = Pattern
		}
		m.Rules = append(m.Rules, Rule{Name: "many", Conds: append(half, Cond{Kind: Not, Sub: rest})})
	}},
	"nesting": {MaxGroupDepth, func(m *Model, n int) {
		c := Cond{Kind: Pattern}
		for range n {
			c = Cond{Kind: Not, Sub: []Cond{c}}
		}
		m.Rules = append(m.Rules, Rule{Name: "deep", Conds: []Cond{c}})
	}},
	"constraints": {MaxTests, func(m *Model, n int) {
		r := Rule{Name: "many", Conds: []Cond{{Kind: Pattern}}}
		for range n {
			r.Conds[0].Tests = append(r.Conds[0].Tests, yes(&r))
		}
		m.Rules = append(m.Rules, r)
	}},
	"accumulate functions": {MaxFolds, func(m *Model, n int) {
		c := Cond{Kind: Accumulate, Sub: []Cond{{Kind: Pattern}}}
		for range n {
			c.Folds = append(c.Folds, Fold{Func: Count})
		}
		m.Rules = append(m.Rules, Rule{Name: "many", Conds: []Cond{c}})
	}},
	"actions": {MaxActions - 4, each(func(m *Model, i int) {
		m.Rules[0].Actions = append(m.Rules[0].Actions, Action{Kind: Halt})
	})},
	"locals": {MaxLocals, func(m *Model, n int) {
		r := Rule{Name: "many"}
		for range n {
			r.Actions = append(r.Actions, Action{Kind: Let, Sets: []Set{{Expr: yes(&r)}}})
		}
		m.Rules = append(m.Rules, r)
	}},
	"expression nodes": {MaxNodes, func(m *Model, n int) {
		// a balanced tree of && has an odd number of nodes; a ! makes it even
		nodes := []Node{}
		for range n / 2 {
			nodes = append(nodes, Node{Op: OpConst, A: 3})
		}
		for next := uint32(0); len(nodes) < n-1; next += 2 {
			nodes = append(nodes, Node{Op: OpAnd, A: next, B: next + 1})
		}
		nodes = append(nodes, Node{Op: OpNot, A: uint32(n - 2)})
		m.Functions = append(m.Functions, Function{Name: "wide", Result: Boolean, Code: Code{Nodes: nodes}, Body: uint32(n - 1)})
	}},
	"expression depth": {MaxExprDepth, func(m *Model, n int) {
		nodes := []Node{{Op: OpConst, A: 3}}
		for i := range uint32(n - 1) {
			nodes = append(nodes, Node{Op: OpNot, A: i})
		}
		m.Functions = append(m.Functions, Function{Name: "deep", Result: Boolean, Code: Code{Nodes: nodes}, Body: uint32(n - 1)})
	}},
	"salience": {MaxSalience, func(m *Model, n int) { m.Rules[0].Salience = int32(-n) }},
	"text":     {MaxText, func(m *Model, n int) { m.Consts = append(m.Consts, Const{String, strings.Repeat("x", n)}) }},
	"name":     {MaxName, func(m *Model, n int) { m.Rules[0].Name = strings.Repeat("x", n) }},
}

// TestLimits checks each limit at its value and one past it.
func TestLimits(t *testing.T) {
	for what, c := range modelLimits {
		m := sample()
		c.grow(m, c.most)
		if err := m.Verify(); err != nil {
			t.Errorf("%s at the limit: %v", what, err)
		}
		m = sample()
		c.grow(m, c.most+1)
		if err := m.Verify(); !errors.Is(err, ErrModel) {
			t.Errorf("%s one past the limit: %v", what, err)
		}
	}
}

// TestEncodedLimit grows a model to exactly the largest size and one byte more.
func TestEncodedLimit(t *testing.T) {
	m := sample()
	encoded, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	left := MaxEncoded - len(encoded) - 1 // the count of constants grows by a byte
	const whole = MaxText + 3             // type, length and content
	for ; left >= 2*whole; left -= whole {
		m.Consts = append(m.Consts, Const{String, strings.Repeat("x", MaxText)})
	}
	half := left / 2
	m.Consts = append(m.Consts, Const{String, strings.Repeat("x", half-3)}, Const{String, strings.Repeat("x", left-half-3)})
	if encoded, err = Encode(m); err != nil || len(encoded) != MaxEncoded {
		t.Fatalf("%d bytes, %v: expected %d", len(encoded), err, MaxEncoded)
	}
	if _, err := Decode(encoded); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	m.Consts[len(m.Consts)-1].Text += "x"
	if _, err := Encode(m); !errors.Is(err, ErrModel) {
		t.Errorf("one past the limit encodes: %v", err)
	}
	if _, err := Decode(append(encoded, 0)); !errors.Is(err, ErrModel) {
		t.Errorf("one past the limit decodes: %v", err)
	}
}
